"""Finds what is not serialisable in a history of transactions that append to lists and read them.

As Elle does: appended values are unique, so a list that was read tells the order of the writes before it. The
dependencies between transactions (ww: wrote after, wr: read what was written, rw: read before it was written,
rt: began after the other had ended) make a graph, and a cycle in it is an anomaly.
"""

import collections
import dataclasses


@dataclasses.dataclass
class Transaction:
    number: int
    began: float
    ended: float  # infinite, when the answer never came
    outcome: str  # "done", "refused" or "unknown"
    appends: dict = dataclasses.field(default_factory=dict)  # key -> value
    reads: dict = dataclasses.field(default_factory=dict)  # key -> list of values
    by_statements: bool = False


def longest_reads(history, problems):
    """The order of the values of each key; every read must be a beginning of it."""
    orders = collections.defaultdict(list)
    for one in history:
        for key, seen in one.reads.items():
            if len(seen) > len(orders[key]):
                orders[key] = seen
    for one in history:
        for key, seen in one.reads.items():
            if seen != orders[key][: len(seen)]:
                problems.append(f"transaction {one.number} read {seen} of {key}, others {orders[key]}")
    return orders


def check_writers(history, orders, problems):
    """Who wrote each value; nothing may be there twice, that nobody wrote, or that was refused."""
    writers = {}
    for one in history:
        for key, value in one.appends.items():
            writers[key, value] = one
    for key, order in orders.items():
        if len(set(order)) != len(order):
            problems.append(f"{key} holds a value twice: {order}")
        for value in order:
            writer = writers.get((key, value))
            if writer is None or writer.outcome == "refused":
                problems.append(f"{key} holds {value}, which was {'refused' if writer else 'never written'}")
    for (key, value), writer in writers.items():
        if writer.outcome == "done" and value not in orders[key]:
            problems.append(f"{key} lost {value} of transaction {writer.number}")
    return writers


def check_whole(history, orders, problems):
    """A transaction whose answer was lost is there whole or not at all."""
    for one in history:
        there = {key: value in orders[key] for key, value in one.appends.items()}
        if len(set(there.values())) > 1:
            problems.append(f"transaction {one.number} is there in part: {there}")


def edges_of(history, orders, writers):
    """{transaction: {transaction: kind}}: the first must stand before the second."""
    edges = collections.defaultdict(dict)

    def before(first, second, kind):
        if first is not None and second is not None and first is not second:
            edges[first.number].setdefault(second.number, kind)

    for key, order in orders.items():
        for first, second in zip(order, order[1:], strict=False):
            before(writers.get((key, first)), writers.get((key, second)), f"ww {key}")
    for one in history:
        for key, seen in one.reads.items():
            if seen:
                before(writers.get((key, seen[-1])), one, f"wr {key}")
            if len(seen) < len(orders[key]):
                before(one, writers.get((key, orders[key][len(seen)])), f"rw {key}")
    there = [
        one
        for one in history
        if one.outcome == "done" or any(value in orders[key] for key, value in one.appends.items())
    ]
    add_times(there, before)
    return edges


def add_times(history, before):
    """rt: the nearest transactions that began after this one had ended; the others follow from them."""
    by_start = sorted(history, key=lambda one: one.began)
    starts = [one.began for one in by_start]
    for one in history:
        until = float("inf")
        for other in by_start[_first_after(starts, one.ended) :]:
            if other.began > until:
                break
            before(one, other, "rt")
            until = min(until, other.ended)


def _first_after(starts, moment):
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        if starts[middle] > moment:
            high = middle
        else:
            low = middle + 1
    return low


def find_cycle(edges):
    """The transactions of one cycle, or nothing. Depth first, without recursion."""
    done, trail, on_trail = set(), [], set()
    for root in list(edges):
        if root in done:
            continue
        waiting = [(root, iter(edges.get(root, ())))]
        trail, on_trail = [root], {root}
        while waiting:
            at, others = waiting[-1]
            following = next(others, None)
            if following is None:
                waiting.pop()
                done.add(trail.pop())
                on_trail.discard(at)
            elif following in on_trail:
                return [*trail[trail.index(following) :], following]
            elif following not in done:
                waiting.append((following, iter(edges.get(following, ()))))
                trail.append(following)
                on_trail.add(following)
    return None


def anomalies(history):
    """What is wrong with a history, as sentences; an empty list if it is strictly serialisable."""
    problems = []
    orders = longest_reads(history, problems)
    writers = check_writers(history, orders, problems)
    check_whole(history, orders, problems)
    edges = edges_of(history, orders, writers)
    if cycle := find_cycle(edges):
        steps = [f"{a} -{edges[a][b]}->" for a, b in zip(cycle, cycle[1:], strict=False)]
        problems.append(f"a cycle: {' '.join(steps)} {cycle[-1]}")
    return problems
