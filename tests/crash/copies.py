"""The crash test's worker for backups of DynamoDB: units move between accounts while the table is backed up
and restored. Whatever was begun and acknowledged is brought to its end after a kill, and holds the
accounts as they were when it was asked for.
"""

import time

from load import Lost
from tables import TableWorker, every, make_table, number, text

UNITS = 1000  # that each account has at first
COPIES_MAX = 12
DONE_SECONDS = 120
RECOVERY = {"PointInTimeRecoveryEnabled": True}


class Copies(TableWorker):
    TABLE = "crash-copied"

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.balances = {f"account-{at}": UNITS for at in range(40)}
        self.pending = None  # the transaction in doubt: who gives, who takes, how much
        self.copies = []  # backup's ARN or None, restored table or None, balances
        self.turn = 0

    def prepare(self, server):
        client = server.boto("dynamodb")
        make_table(client, self.TABLE, ("pk",))
        for name in self.balances:
            client.put_item(TableName=self.TABLE, Item={"pk": text(name), "units": number(UNITS)})
        client.update_continuous_backups(TableName=self.TABLE, PointInTimeRecoverySpecification=RECOVERY)

    def step(self):
        if self.pending:
            raise ConnectionError("what is in doubt is settled first")
        self.turn += 1
        if self.turn % 25 == 0 and len(self.copies) < COPIES_MAX:
            return self.copy()
        giver, taker = self.dice.sample(list(self.balances), 2)
        self.pending = (giver, taker, self.dice.randrange(1, 9))
        parts = [(giver, -self.pending[2]), (taker, self.pending[2])]
        self.client.transact_write_items(TransactItems=[self.change(name, by) for name, by in parts])
        return self.settle()

    def change(self, name, by):
        return {
            "Update": {
                "TableName": self.TABLE,
                "Key": {"pk": text(name)},
                "UpdateExpression": "ADD units :by",
                "ExpressionAttributeValues": {":by": number(by)},
            }
        }

    def settle(self):
        giver, taker, units = self.pending
        self.balances[giver] -= units
        self.balances[taker] += units
        self.pending = None

    def copy(self):
        """What is not acknowledged may or may not have begun, and is of no interest."""
        as_they_are = dict(self.balances)
        if self.dice.random() < 0.5:
            made = self.client.create_backup(TableName=self.TABLE, BackupName=f"copy-{self.turn}")
            self.copies.append((made["BackupDetails"]["BackupArn"], None, as_they_are))
        else:
            target = f"{self.TABLE}-{self.turn}"
            self.client.restore_table_to_point_in_time(
                SourceTableName=self.TABLE, TargetTableName=target, UseLatestRestorableTime=True
            )
            self.copies.append((None, target, as_they_are))

    def held(self, table):
        items = every(self.client.scan, TableName=table)
        return {item["pk"]["S"]: int(item["units"]["N"]) for item in items}

    def verify(self):
        seen = self.held(self.TABLE)
        if self.pending and seen != self.balances:
            self.settle()
        self.pending = None
        if seen != self.balances:
            raise Lost(f"{self.TABLE} holds {seen}, acknowledged was {self.balances}")

    def wait(self, what, state):
        deadline = time.monotonic() + DONE_SECONDS
        while state() not in ("AVAILABLE", "ACTIVE"):
            if time.monotonic() > deadline:
                raise Lost(f"{what} was never finished")
            time.sleep(0.1)

    def finish(self):
        if not self.copies:
            raise Lost("no backup was acknowledged")
        for number_of, (backup, target, balances) in enumerate(self.copies):
            if backup:
                self.wait(backup, lambda arn=backup: self.backup_status(arn))
                target = f"{self.TABLE}-back-{number_of}"
                self.client.restore_table_from_backup(TargetTableName=target, BackupArn=backup)
            self.wait(target, lambda name=target: self.table_status(name))
            seen = self.held(target)
            if seen != balances:
                raise Lost(f"{backup or target} holds {seen}, the table was {balances}")

    def backup_status(self, arn):
        found = self.client.describe_backup(BackupArn=arn)["BackupDescription"]
        return found["BackupDetails"]["BackupStatus"]

    def table_status(self, name):
        return self.client.describe_table(TableName=name)["Table"]["TableStatus"]
