"""Decisions about readers: what it costs to be one to whom others gave something, and to how many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate, size_name, times

from tallystick.app.sharing import SharingDesk
from tallystick.identity import sharing
from tallystick.ledger import Change, InvariantError, Reader, Thing, View
from tallystick.ledger.state import MemoryState

sizes = (1, 100, 10_000)
decisions_per_few = 400
reader_of, nobody = "99.100/O-READER0000000", "99.100/O-STRANGER00000"
_thing = Thing("items", "99.100.7/SN-1")


def rows(bench: Bench) -> Iterator[Result]:
    count = bench.scale.few * decisions_per_few
    yield _decisions(bench, count)
    yield _look_ups(bench, count)


def owner(number: int) -> str:
    return f"99.100/O-OWNER{number:08d}"


def state_of(agreements: int) -> View:
    """One organisation was given items by so many others."""
    state = MemoryState()
    opened = [{"kind": "items", "prefixes": ["99.100.7"]}]
    told = {"form": "disclosure", "capacity": "partner", "until": "2036-01-01", "what": opened}
    changes = [
        Change("log", "genesis", {"origin": "log.example/bench/simulated"}),
        Change("log", "block", {"time": "2026-01-05T01:00:00.000Z"}),
        Change("organisation", reader_of, {"node": "99.100"}),
        Change("shared-changed", reader_of, {"index": 7}),
        *(
            Change("shared-with", reader_of, {**told, "from": owner(number)}, f"{number:064d}")
            for number in range(agreements)
        ),
    ]
    state.apply(changes)
    return cast(View, state)


def _reader(view: View, agreements: int) -> Reader:
    given = SharingDesk().given(view, reader_of)
    if len(given[0].by_owner) != agreements:
        raise InvariantError("not all agreements are there")
    holding = sharing.Holding(lambda: given, lambda _: None)
    return Reader.party(reader_of).holding(lambda _: holding)


def _decisions(bench: Bench, count: int) -> Row:
    """About things that were shared, of one owner after the other."""
    works: dict[str, Any] = {}
    for size in sizes:
        reader = _reader(state_of(size), size)
        parties = (nobody, owner(size - 1))
        if not reader.may_read("parties", parties, thing=_thing):
            raise InvariantError("what was shared is not read")
        works[f"n{size}"] = times(
            count, lambda r=reader, p=parties: r.may_read("parties", p, thing=_thing)
        )
    own = Reader.party(reader_of)
    works["own"] = times(count, lambda: own.may_read("parties", (nobody, reader_of), thing=_thing))
    spent = in_turn(bench.scale.rounds, **works)
    rates = {size_name(size): median_rate(spent[f"n{size}"]) for size in sizes}
    ours = rates[size_name(sizes[-1])]
    return Row(
        "permission decisions about what others share, with 10^4 sharing agreements",
        ours,
        median_rate(spent["own"]),
        "decisions/s",
        "decisions about what is the reader's own",
        growth=rates,
        details={"microseconds for a decision": 1e6 / ours},
    )


def _look_ups(bench: Bench, count: int) -> Row:
    """Once for a request."""
    works: dict[str, Any] = {}
    for size in sizes:
        view, desk = state_of(size), SharingDesk()
        desk.given(view, reader_of)
        works[f"n{size}"] = times(count, lambda v=view, d=desk: d.given(v, reader_of))
    view = state_of(1)
    works["none"] = times(count, lambda: SharingDesk.given(_never, view, nobody))
    spent = in_turn(bench.scale.rounds, **works)
    rates = {size_name(size): median_rate(spent[f"n{size}"]) for size in sizes}
    return Row(
        "what a reader was given, looked up for a request, with 10^4 sharing agreements",
        rates[size_name(sizes[-1])],
        median_rate(spent["none"]),
        "requests/s",
        "the same for a reader who was given nothing, over a state in memory",
        growth=rates,
    )


_never = SharingDesk()
