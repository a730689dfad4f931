"""A server that holds tables to their capacity (haneul serve --throttle-tables), as its clients meet it."""

import unittest

import harness

TABLE = "held"


class ThrottlingServer(harness.Server):
    def arguments(self):
        return ["--throttle-tables"]


class Throttled(unittest.TestCase):
    def test_capacity(self):
        """a table of one unit takes a burst, then refuses; with other capacity it goes on"""
        with ThrottlingServer() as server:
            client = server.boto("dynamodb", retries={"max_attempts": 0})
            client.create_table(
                TableName=TABLE,
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            )
            puts = [{"Put": {"TableName": TABLE, "Item": {"pk": {"S": str(n)}}}} for n in range(100)]
            for _ in range(2):  # two units each: more than five minutes bring
                client.transact_write_items(TransactItems=puts)
            with self.assertRaises(client.exceptions.TransactionCanceledException) as cancelled:
                client.transact_write_items(TransactItems=puts)
            self.assertIn("[ProvisionedThroughputExceeded, ", str(cancelled.exception))
            with self.assertRaises(client.exceptions.ProvisionedThroughputExceededException) as refused:
                client.put_item(TableName=TABLE, Item={"pk": {"S": "one"}})
            self.assertIn("The level of configured provisioned throughput", str(refused.exception))
            read = client.get_item(TableName=TABLE, Key={"pk": {"S": "0"}})
            self.assertEqual(read["Item"], {"pk": {"S": "0"}})
            client.update_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST")
            client.put_item(TableName=TABLE, Item={"pk": {"S": "one"}})

    def test_off(self):
        """a server that is not told to throttles nothing"""
        client = self.server.boto("dynamodb", retries={"max_attempts": 0})
        client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
        puts = [{"Put": {"TableName": TABLE, "Item": {"pk": {"S": str(n)}}}} for n in range(100)]
        for _ in range(4):
            client.transact_write_items(TransactItems=puts)
        client.delete_table(TableName=TABLE)


if __name__ == "__main__":
    unittest.main()
