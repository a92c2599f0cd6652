"""A record found by a name, and the search for a circle before a relation is added, on stores that grow.

The stores are filled by the real rules, without signatures. Relations form one tree, ten in each; what is added
is a small tree of its own, put under a random leaf, so that the search must look both down and up.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_ms, size_name
from bench.pens import core, prefix, started

from tallystick import identity
from tallystick.identity.digital_link import check_digit
from tallystick.identity.relations.walk import require_no_cycle
from tallystick.ledger import Act, Body, Change, InvariantError, MemoryState, Signer
from tallystick.ledger.store import StateCache, StoredState

fan_out = 10
small_tree = 11
per_write = 2_000
size_max = 10**5


def rows(bench: Bench) -> Iterator[Result]:
    found: dict[str, float] = {}
    walked: dict[str, float] = {}
    bare_found = bare_walked = named_ms = 0.0
    sizes = [size for size in bench.scale.sizes if size <= size_max]
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        filling = _Filling(log)
        for size in sizes:
            filling.fill(size)
            chosen = random.Random(size).choices(range(size), k=bench.scale.few)
            names = in_turn(
                bench.scale.rounds,
                ours=partial(_resolve, log, chosen),
                bare=partial(_select, log, chosen),
            )
            alone = in_turn(bench.scale.rounds, ours=partial(_find, log, chosen))
            walks = in_turn(
                bench.scale.rounds,
                ours=partial(_walk, log, chosen),
                bare=partial(_recurse, log, chosen),
            )
            found[size_name(size)] = median_ms(names["ours"])
            walked[size_name(size)] = median_ms(walks["ours"])
            named_ms = median_ms(alone["ours"])
            bare_found, bare_walked = median_ms(names["bare"]), median_ms(walks["bare"])
    yield Row(
        "resolve by name: check digit, claim, record",
        list(found.values())[-1],
        bare_found,
        "ms",
        "two SELECTs by primary key, of the claim and of the record",
        {f"{size} names": ms for size, ms in found.items()},
        {"of which snapshot, check digit and claim, ms": named_ms},
    )
    yield Row(
        "search for a circle before a relation is added",
        list(walked.values())[-1],
        bare_walked,
        "ms",
        "one recursive SELECT over the same relations, downwards",
        {f"{size} relations": ms for size, ms in walked.items()},
    )


def _resolve(log: BenchLog, chosen: list[int]) -> int:
    for number in chosen:
        with log.reader.open() as snapshot:
            name = identity.by_name(snapshot.view, "sgtin", _code(number))
            if name is None or identity.resolve(snapshot.view, name.handle) is None:
                raise InvariantError(_code(number))
    return len(chosen)


def _find(log: BenchLog, chosen: list[int]) -> int:
    for number in chosen:
        with log.reader.open() as snapshot:
            identity.by_name(snapshot.view, "sgtin", _code(number))
    return len(chosen)


def _select(log: BenchLog, chosen: list[int]) -> int:
    wanted = "SELECT value FROM document WHERE kind = ? AND name = ? AND part = ''"
    for number in chosen:
        with log.store.read() as transaction:
            connection = transaction.connection
            connection.exec_driver_sql(wanted, ("name", f"sgtin:{_code(number)}")).all()
            connection.exec_driver_sql(wanted, ("handle", _thing(number))).all()
    return len(chosen)


def _walk(log: BenchLog, chosen: list[int]) -> int:
    for number in chosen:
        with log.store.read() as transaction:
            state = StoredState(transaction, log.rules, StateCache())
            require_no_cycle(state, _thing(number), "contains", _small(0))
    return len(chosen)


def _recurse(log: BenchLog, chosen: list[int]) -> int:
    below = (
        "WITH RECURSIVE inside(part) AS (SELECT ? UNION SELECT document.part FROM document JOIN inside "
        "ON document.kind = 'relation' AND document.name = 'contains ' || inside.part) "
        "SELECT count(*) FROM inside WHERE part = ?"
    )
    for number in chosen:
        with log.store.read() as transaction:
            told = transaction.connection.exec_driver_sql(below, (_small(0), _thing(number)))
            if told.scalar() != 0:
                raise InvariantError(_thing(number))
    return len(chosen)


def _thing(number: int) -> str:
    return f"{prefix}/NAMED-{number:07d}"


def _small(number: int) -> str:
    return f"{prefix}/SMALL-{number:07d}"


def _code(number: int) -> str:
    first = f"0950600{number % 10**6:06d}"
    return f"{first}{check_digit(first)}(21)SN-{number}"


class _Filling:
    """Writes the documents of claims and relations; the index goes on where the log ends."""

    def __init__(self, log: BenchLog) -> None:
        self._log, self._index = log, log.size()
        self._filled = 0
        self._core = MemoryState()
        with log.store.read() as transaction:
            found = StoredState(transaction, log.rules, StateCache()).get("organisation", core)
        self._core.apply([Change("organisation", core, found)])
        self._write(self._tree(small_tree, 0, _small))

    def fill(self, size: int) -> None:
        while self._filled < size:
            until = min(self._filled + per_write, size)
            changes = self._tree(until, self._filled, _thing)
            for number in range(self._filled, until):
                body = identity.ClaimName(handle=_thing(number), scheme="sgtin", code=_code(number))
                changes += self._judged("identity.name.claim/1", body, _thing(number))
            self._write(changes)
            self._filled = until

    def _tree(self, until: int, since: int, handle: Callable[[int], str]) -> list[Change]:
        changes = [self._record(handle(number)) for number in range(since, until)]
        for number in range(max(since, 1), until):
            above, below = handle((number - 1) // fan_out), handle(number)
            body = identity.AddRelation(source=above, kind="contains", target=below)
            changes += self._judged("identity.relation.add/1", body, above, below)
        return changes

    def _judged(self, entry_type: str, body: Body, *handles: str) -> list[Change]:
        """On a state that holds these records alone."""
        state = MemoryState()
        state.apply([Change("organisation", core, self._core.get("organisation", core))])
        state.apply([self._record(handle) for handle in handles])
        self._index += 1
        signer = Signer(f"300:{core}", core, "self", "")
        act = Act(self._index, entry_type, core, "", "", started, body, (signer,))
        return list(self._log.rules.judge(state, act))

    @staticmethod
    def _record(handle: str) -> Change:
        return Change("handle", handle, {"handle": handle, "owner": core, "since": 0, "values": []})

    def _write(self, changes: list[Change]) -> None:
        with self._log.store.write() as transaction:
            stored = StoredState(transaction, self._log.rules, StateCache())
            stored.apply(changes)
            stored.flush()
