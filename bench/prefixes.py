"""What a lease costs: handles judged under a prefix with a quota, and answers that say how their prefix stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate

from tallystick import identity, ledger
from tallystick.identity import CreateHandles, HandleRecord, HandleValue, resolve, standing
from tallystick.ledger import Act, Change, MemoryState, RuleSet, Signer, View

holder, time = "99/O-1", "2026-01-05T01:00:00.000Z"
free, let = "99.1", "99.2"


def rows(bench: Bench) -> Iterator[Result]:
    count = bench.scale.few * 20
    spent = in_turn(
        bench.scale.rounds,
        let=lambda: _created(let, count)[1],
        free=lambda: _created(free, count)[1],
    )
    yield Row(
        "handle created under a prefix with a quota, judged",
        median_rate(spent["let"]),
        median_rate(spent["free"]),
        "handles/s",
        "the same under a prefix without one",
    )
    state = cast(View, _created(let, count)[0])
    handles = [f"{let}/SN-{n}" for n in range(count)]
    spent = in_turn(
        bench.scale.rounds,
        told=lambda: len([(resolve(state, one), standing(state, one)) for one in handles]),
        bare=lambda: len([resolve(state, one) for one in handles]),
    )
    yield Row(
        "record resolved from memory, with how its prefix stands",
        median_rate(spent["told"]),
        median_rate(spent["bare"]),
        "records/s",
        "the record alone",
    )


def _created(prefix: str, count: int) -> tuple[MemoryState, int]:
    rules, state = RuleSet(), MemoryState()
    ledger.register(rules)
    identity.register(rules)
    row: dict[str, Any] = {"holder": holder, "role": "enterprise"}
    organisation = {"name": {}, "scheme": "none", "verified": True, "node": "99", "capacities": []}
    state.apply(
        [
            Change("organisation", holder, organisation),
            Change("prefix", free, row),
            Change("prefix", let, {**row, "quota": 10**9, "expires": "2099-01-01T00:00:00.000Z"}),
            Change("log", "block", {"time": time}),
        ]
    )
    values = (HandleValue(index=1, type="NAME", data="x"),)
    signers = (Signer(f"300:{holder}", holder, "self", "p"),)
    for number in range(count):
        body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/SN-{number}", values=values),))
        act: Act[Any] = Act(
            number, "identity.handle.create/1", holder, "id", "0" * 64, time, body, signers
        )
        state.apply(rules.judge(state, act))
    return state, count
