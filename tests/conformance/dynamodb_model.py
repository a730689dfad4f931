"""A table of DynamoDB as a dictionary: what the service must answer to writes, queries and scans.

The model checks every answer as it comes. Pages are held against it whole: their order, their limits, and
that nothing comes twice.
"""

import decimal
import re

import botocore.exceptions

import dynamodb_expressions as expressions
import dynamodb_values as values

KEYS = {"S": ("a", "b", "é", "\U0001f600", "\uffff"), "B": (b"a", b"\x00", b"\x80")}
KEYS["N"] = ("-10", "-1.5", "0", "2", "10", "1e20", "1e-20")


class Index:
    def __init__(self, name, hash_key, range_key, projection, extra=()):
        self.name, self.keys = name, [key for key in (hash_key, range_key) if key]
        self.projection, self.extra = projection, extra

    def definition(self):
        schema = [
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(self.keys, ("HASH", "RANGE"), strict=False)
        ]
        projection = {"ProjectionType": self.projection}
        if self.extra:
            projection["NonKeyAttributes"] = list(self.extra)
        return {"IndexName": self.name, "KeySchema": schema, "Projection": projection}

    def holds(self, name):
        return self.projection == "ALL" or name in {*self.keys, *self.extra, "pk", "sk"}


class Model:
    def __init__(self, client, name, dice):
        self.client, self.name, self.dice = client, name, dice
        self.types = {"pk": dice.pick("SNB"), "sk": dice.pick("SNB"), "l": dice.pick("SNB"), "g": "S"}
        self.types["h"] = dice.pick("SNB")
        self.primary = Index(None, "pk", "sk", "ALL")
        self.local = Index("local", "pk", "l", dice.pick(("ALL", "KEYS_ONLY")))
        self.sorted = Index("sorted", "g", "h", "ALL")
        self.hashed = Index("hashed", "h", None, "INCLUDE", ("a", "n"))
        self.indexes = [self.primary, self.local, self.sorted, self.hashed]
        self.touched = []  # the paths of the last update
        self.last = None  # what was asked last, for the report of a failure
        self.items, self.changes = {}, []  # changes: (old, new), in order

    def create(self):
        wanted = {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.types.items()
            ],
            "KeySchema": self.primary.definition()["KeySchema"],
            "LocalSecondaryIndexes": [self.local.definition()],
            "GlobalSecondaryIndexes": [self.sorted.definition(), self.hashed.definition()],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            "BillingMode": "PAY_PER_REQUEST",
        }
        self.client.create_table(TableName=self.name, **wanted)
        self.client.get_waiter("table_exists").wait(TableName=self.name)

    # Random parts.

    def key_value(self, name):
        kind = self.types[name]
        content = self.dice.pick(KEYS[kind])
        return kind, decimal.Decimal(content) if kind == "N" else content

    def key(self):
        return {"pk": self.key_value("pk"), "sk": self.key_value("sk")}

    def item(self):
        item = self.key()
        for name in values.NAMES:
            if self.dice.chance(0.5):
                item[name] = self.dice.attribute(name)
        for name in ("l", "g", "h"):
            if self.dice.chance(0.7):
                item[name] = self.key_value(name)
        return item

    # Writes.

    def wrong_index_key(self, item):
        """Whether an attribute that is the key of an index cannot be one."""
        typed = all(name not in item or item[name][0] == kind for name, kind in self.types.items())
        return not typed or any(item.get(name, ("S", "a"))[1] in ("", b"") for name in self.types)

    def becomes(self, key, change, condition=None):
        """(old, new) of a write, or the name of the refusal. `change` makes the new item of the old one."""
        old = self.items.get(values.frozen_item(key))
        if condition and not condition(old or {}):
            return None, "ConditionalCheckFailedException"
        try:
            new = change(old)
        except expressions.Refused:
            return None, "ValidationException"
        if new is not None and self.wrong_index_key(new):
            return None, "ValidationException"
        return (old, new), None

    def commit(self, key, old, new):
        if new is None:
            self.items.pop(values.frozen_item(key), None)
        else:
            self.items[values.frozen_item(key)] = new
        if old != new:
            self.changes.append((old, new))

    def write(self):
        """(operation, its request, key, change, condition): a random write."""
        texts = expressions.Texts(self.dice)
        condition = None
        request = {"TableName": self.name}
        if self.dice.chance(0.35):
            text, condition = expressions.Conditions(texts).any()
            request["ConditionExpression"] = text
        kind = self.dice.pick(("put", "put", "put", "update", "update", "update", "delete"))
        if kind == "put":
            item = self.item()
            key = {name: item[name] for name in self.primary.keys}
            request["Item"] = values.item_to_wire(item)
            return "put_item", texts.request(request), key, lambda old: item, condition
        key = self.key()
        request["Key"] = values.item_to_wire(key)
        if kind == "delete":
            return "delete_item", texts.request(request), key, lambda old: None, condition
        update = expressions.Updates(texts)
        more = [(name, lambda name=name: self.any_key_value(name)) for name in ("l", "g", "h")]
        request["UpdateExpression"], change = update.any(more)
        self.touched = update.paths

        def apply(old):
            new = change(key if old is None else old, old is not None)
            return None if old is None and not update.creates() else new

        return "update_item", texts.request(request), key, apply, condition

    def any_key_value(self, name):
        """For an index's key: now and then of the wrong type."""
        return self.dice.value(0) if self.dice.chance(0.1) else self.key_value(name)

    def call(self, operation, request):
        """(answer, name of the refusal)."""
        self.last = operation, request
        try:
            return getattr(self.client, operation)(**request), None
        except botocore.exceptions.ClientError as error:
            return error.response, error.response["Error"]["Code"]

    def step_write(self):
        operation, request, key, change, condition = self.write()
        returned = self.dice.pick(("NONE", "ALL_OLD"))
        if operation == "update_item" and self.dice.chance(0.6):
            whole = all(len(path) == 1 for path in self.touched)
            returned = self.dice.pick(("UPDATED_OLD", "UPDATED_NEW", "ALL_NEW") if whole else ("ALL_NEW",))
        outcome, refusal = self.becomes(key, change, condition)
        answer, refused = self.call(operation, request | {"ReturnValues": returned})
        told = answer.get("Error", {}).get("Message")
        assert refused == refusal, f"{operation} {request}: wanted {refusal}, got {refused} {told}"
        if refusal:
            return
        old, new = outcome
        self.commit(key, old, new)
        image = {"NONE": {}, "ALL_OLD": old, "UPDATED_OLD": old}.get(returned, new) or {}
        updated = [path[0] for path in self.touched] if returned.startswith("UPDATED") else list(image)
        wanted = {name: image[name] for name in updated if name in image}
        got = values.item_from_wire(answer.get("Attributes", {}))
        assert got == wanted, f"{operation} {request} returned {got}, wanted {wanted}"

    def step_transaction(self):
        names = {"put_item": "Put", "update_item": "Update", "delete_item": "Delete"}
        actions, outcomes, reasons, keys = [], [], [], set()
        for _ in range(1 + self.dice.below(4)):
            operation, request, key, change, condition = self.write()
            if values.frozen_item(key) in keys:
                continue
            keys.add(values.frozen_item(key))
            outcome, refusal = self.becomes(key, change, condition)
            if refusal == "ValidationException":
                continue  # cancels by its own code or refuses the whole, as it is found
            actions.append({names[operation]: request})
            outcomes.append((key, outcome))
            reasons.append("ConditionalCheckFailed" if refusal else "None")
        if not actions:
            return
        answer, refused = self.call("transact_write_items", {"TransactItems": actions})
        if any(reason != "None" for reason in reasons):
            got = [reason["Code"] for reason in answer.get("CancellationReasons", [])]
            assert (refused, got) == ("TransactionCanceledException", reasons), f"{actions}: {answer}"
            return
        assert refused is None, f"{actions}: {answer}"
        for key, (old, new) in outcomes:
            self.commit(key, old, new)

    def step_statement(self):
        """A change by a PartiQL statement, of one attribute or of the whole item."""
        item, kind = self.item(), self.dice.pick(("INSERT", "DELETE", "UPDATE", "UPDATE", "REMOVE"))
        key = {name: item[name] for name in self.primary.keys}
        old, new, where = self.items.get(values.frozen_item(key)), None, "WHERE pk = ? AND sk = ?"
        name, value = self.dice.pick(values.NAMES), self.dice.value()
        given = [] if kind in ("DELETE", "REMOVE") else [value]
        refusal = None if old else "ConditionalCheckFailedException"
        if kind == "INSERT":
            members = ", ".join(f"'{name}': ?" for name in item)
            statement = f'INSERT INTO "{self.name}" VALUE {{{members}}}'
            given, new, refusal = list(item.values()), item, "DuplicateItemException" if old else None
        else:
            given += key.values()
            if kind == "DELETE":
                statement, refusal = f'DELETE FROM "{self.name}" {where}', None
            elif kind == "REMOVE":
                statement = f'UPDATE "{self.name}" REMOVE "{name}" {where}'
                new = {at: held for at, held in (old or {}).items() if at != name}
            else:
                statement = f'UPDATE "{self.name}" SET "{name}" = ? {where}'
                new = (old or {}) | {name: value}
        request = {"Statement": statement, "Parameters": [values.to_wire(value) for value in given]}
        answer, refused = self.call("execute_statement", request)
        assert refused == refusal, f"{request}: wanted {refusal}, got {answer}"
        if not refusal:
            self.commit(key, old, new)

    def step_select(self):
        index, refusal = self.dice.pick(self.indexes), None
        source = f'"{self.name}"' + (f'."{index.name}"' if index.name else "")
        hash_value, sign = self.key_value(index.keys[0]), self.dice.pick(("=", "<", "<=", ">", ">="))
        statement, given = f'SELECT * FROM {source} WHERE "{index.keys[0]}" = ?', [hash_value]
        found = [item for item in self.held_in(index) if item[index.keys[0]] == hash_value]
        if len(index.keys) == 2 and self.dice.chance(0.7):
            name, bound = index.keys[1], self.key_value(index.keys[1])
            statement += f' AND "{name}" {sign} ?'
            given.append(bound)
            compare = expressions.COMPARISONS.get(sign, lambda a, b: a == b)
            found = [item for item in found if compare(item[name], bound)]
        if self.dice.chance(0.5):
            number = self.dice.number()
            statement += " AND n > ?"
            given.append(number)
            refusal = None if index.holds("n") else "ValidationException"
            found = [item for item in found if "n" in self.projected(index, item)]
            found = [item for item in found if values.less(number, item["n"])]
        request = {"Statement": statement, "Parameters": [values.to_wire(value) for value in given]}
        answer, refused = self.call("execute_statement", request)
        assert refused == refusal, f"{request}: {answer}"
        if refusal:
            return
        got = [values.item_from_wire(item) for item in answer["Items"]]
        self.agree(request, got, None, [self.projected(index, item) for item in found], lambda item: True)

    # Reads.

    def step_get(self):
        key, texts = self.key(), expressions.Texts(self.dice)
        request = {"TableName": self.name, "Key": values.item_to_wire(key)}
        wanted = self.items.get(values.frozen_item(key))
        if self.dice.chance(0.6):
            projection = expressions.Projection(texts)
            request["ProjectionExpression"] = projection.text
            wanted = wanted and projection.of(wanted)
        request = texts.request(request)
        self.last = "get_item", request
        got = values.item_from_wire(self.client.get_item(**request).get("Item"))
        assert got == wanted, f"{request} is {got}, wanted {wanted}"

    def step_batch_write(self):
        requests, effects = [], {}
        for _ in range(1 + self.dice.below(6)):
            item = self.item()
            key = {name: item[name] for name in self.primary.keys}
            if values.frozen_item(key) in effects:
                continue
            removes = self.dice.chance(0.4)
            effects[values.frozen_item(key)] = (key, None if removes else item)
            wire = values.item_to_wire(key if removes else item)
            requests.append({"DeleteRequest": {"Key": wire}} if removes else {"PutRequest": {"Item": wire}})
        answer, refused = self.call("batch_write_item", {"RequestItems": {self.name: requests}})
        assert refused is None and answer["UnprocessedItems"] == {}, f"{requests}: {answer}"
        for at, (key, item) in effects.items():
            self.commit(key, self.items.get(at), item)

    def step_batch_get(self):
        keys = {values.frozen_item(key): key for key in (self.key() for _ in range(10))}
        wire = [values.item_to_wire(key) for key in keys.values()]
        answer, refused = self.call("batch_get_item", {"RequestItems": {self.name: {"Keys": wire}}})
        assert refused is None and answer["UnprocessedKeys"] == {}, f"{wire}: {answer}"
        got = [values.item_from_wire(item) for item in answer["Responses"][self.name]]
        self.agree(wire, got, None, [self.items[at] for at in keys if at in self.items], lambda item: True)

    def held_in(self, index):
        return [item for item in self.items.values() if all(key in item for key in index.keys)]

    def projected(self, index, item):
        return {name: value for name, value in item.items() if index.holds(name)}

    def key_condition(self, index, texts):
        hash_value = self.key_value(index.keys[0])
        text = f"{texts.name(index.keys[0])} = {texts.value(hash_value)}"
        if len(index.keys) == 1 or self.dice.chance(0.3):
            return text, lambda item: item[index.keys[0]] == hash_value
        name, first = index.keys[1], self.key_value(index.keys[1])
        kind = self.dice.pick(("=", "<", "<=", ">", ">=", "between", "starts"))
        if kind == "between":
            low, high = sorted((first, self.key_value(name)), key=values.sort_form)
            part = f"{texts.name(name)} BETWEEN {texts.value(low)} AND {texts.value(high)}"

            def within(item):
                return values.sort_form(low) <= values.sort_form(item[name]) <= values.sort_form(high)

        elif kind == "starts" and first[0] != "N":
            part = f"begins_with({texts.name(name)}, {texts.value(first)})"

            def within(item):
                return item[name][1].startswith(first[1])

        elif kind in ("=", "starts"):
            part = f"{texts.name(name)} = {texts.value(first)}"

            def within(item):
                return item[name] == first

        else:
            part = f"{texts.name(name)} {kind} {texts.value(first)}"

            def within(item):
                return expressions.COMPARISONS[kind](item[name], first)

        return f"{text} AND {part}", lambda item: item[index.keys[0]] == hash_value and within(item)

    def pages(self, operation, request, limit):
        """Every page's items, and how many were looked at."""
        got, looked, start, self.last = [], 0, {}, (operation, request)
        while True:
            answer = getattr(self.client, operation)(**request, **start)
            items = [values.item_from_wire(item) for item in answer.get("Items", [])]
            assert answer["Count"] == (len(items) if "Items" in answer else answer["Count"])
            assert limit is None or answer["ScannedCount"] <= limit, f"{request}: {answer}"
            got += items
            looked += answer["ScannedCount"]
            if "LastEvaluatedKey" not in answer:
                return got, looked
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def step_query(self):
        index, texts = self.dice.pick(self.indexes), expressions.Texts(self.dice)
        text, matches = self.key_condition(index, texts)
        request, keep, limit = self.read_request(index, texts)
        forward = self.dice.chance(0.5)
        request |= {"KeyConditionExpression": text, "ScanIndexForward": forward}
        request = texts.request(request)
        filtered = re.findall(r"(?<![.\w])#(\w+)", request.get("FilterExpression", ""))
        if not all(map(index.holds, filtered)):
            answer, refused = self.call("query", request)
            assert refused == "ValidationException", f"{request}: {answer}"
            return
        got, looked = self.pages("query", request, limit)
        found = [self.projected(index, item) for item in self.held_in(index) if matches(item)]
        self.agree(request, got, looked, found, keep)
        count = self.client.query(**{**request, "Select": "COUNT", "Limit": 1000})["Count"]
        assert count == len(got), f"{request}: counted {count}, got {len(got)}"
        if len(index.keys) == 2:
            order = [values.sort_form(item[index.keys[1]]) for item in got]
            assert order == sorted(order, reverse=not forward), f"{request}: order {order}"

    def step_scan(self):
        index, texts = self.dice.pick(self.indexes), expressions.Texts(self.dice)
        request, keep, limit = self.read_request(index, texts)
        request = texts.request(request)
        segments = self.dice.pick((1, 2, 3, 7))
        got, looked = [], 0
        for segment in range(segments):
            part = {"Segment": segment, "TotalSegments": segments} if segments > 1 else {}
            items, seen = self.pages("scan", request | part, limit)
            got, looked = got + items, looked + seen
        self.agree(request, got, looked, [self.projected(index, i) for i in self.held_in(index)], keep)

    def read_request(self, index, texts):
        """(request, filter, limit): the parts that queries and scans share."""
        request, keep, limit = {"TableName": self.name}, lambda item: True, None
        if index.name:
            request["IndexName"] = index.name
        if self.dice.chance(0.5):
            request["FilterExpression"], keep = expressions.Conditions(texts).any()
        if self.dice.chance(0.6):
            limit = request["Limit"] = 1 + self.dice.below(5)
        return request, keep, limit

    @staticmethod
    def agree(request, got, looked, found, keep):
        wanted = sorted(map(str, (item_text(item) for item in found if keep(item))))
        assert looked in (None, len(found)), f"{request}: looked at {looked}, wanted {len(found)}"
        got = sorted(map(item_text, got))
        assert got == wanted, f"{request}:\n got    {got}\n wanted {wanted}"

    def step(self):
        kinds = [self.step_write] * 6 + [self.step_transaction, self.step_get, self.step_get]
        kinds += [self.step_batch_write, self.step_batch_get, self.step_statement, self.step_select]
        self.dice.pick([*kinds, self.step_query, self.step_query, self.step_scan])()


def item_text(item):
    """A text that is equal for equal items."""
    return value_text(("M", item))


def value_text(value):
    kind, content = value
    if kind == "M":
        return "{" + ", ".join(f"{k}: {value_text(v)}" for k, v in sorted(content.items())) + "}"
    if kind == "L":
        return "[" + ", ".join(map(value_text, content)) + "]"
    if kind in ("SS", "NS", "BS"):
        return kind + str(sorted(value_text((kind[0], element)) for element in content))
    return f"{kind} {content.normalize() if kind == 'N' else content!r}"
