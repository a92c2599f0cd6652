"""What a record said then: as of every index it is what a replay of the entries up to there gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.world import World, core, key, node, rule_set, supplier

from tallystick.identity import (
    AddDevice,
    AddKey,
    CreateHandles,
    DelegatePrefix,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RegisterOrganisation,
    RenewHandle,
    RevokeKey,
    WriteHandle,
    history,
    index_of,
    resolve,
    values_for,
)
from tallystick.identity.asof.errors import AsOfBeforeLog, AsOfBeyondLog, AsOfMalformed
from tallystick.identity.asof.history import changes
from tallystick.identity.asof.moment import instant_of
from tallystick.ledger import (
    Act,
    Body,
    Change,
    MemoryState,
    Reader,
    RuleError,
    Signer,
    auditor_reader,
    public_reader,
)
from tallystick.ledger.state import Found

names_of_records = ("99.100.1/sn-1", "99.100.1/scan-1", core, "0.NA/99.100.1")
time = "2026-01-01T00:00:00.000Z"
steps_max = 20


class Memory(MemoryState):
    """A view in memory, of what resolving asks."""

    def below(self, kind: str, name: str, before: str = "", limit: int = 100) -> Sequence[Found]:
        found = [Found(kind, name, part, doc) for part, doc in self.group(kind, name).items()]
        return [row for row in reversed(found) if not before or row.part < before][:limit]

    def find(self, index: str, key: str, **_: Any) -> Sequence[Found]:
        raise NotImplementedError

    def count(self, index: str, key: str) -> int:
        raise NotImplementedError

    def names(self, kind: str, **_: Any) -> Sequence[str]:
        raise NotImplementedError


@dataclass(frozen=True)
class Row:
    time: str
    type: str
    author: str


class Snapshot:
    """As much of a log as history reads: acts at their indexes."""

    def __init__(self, view: Memory, acts: Sequence[Act[Any]]) -> None:
        self.view = view
        self.rows = {act.index: Row(act.time, act.type, act.author) for act in acts}

    def row(self, index: int) -> Row:
        return self.rows[index]


def value(index: int, data: str, hidden: bool) -> HandleValue:
    more: Any = {"permissions": "1100", "readers": (supplier,)} if hidden else {}
    return HandleValue(index=index, type="NAME", data=data, **more)


def act_of(index: int, author: str, verb: str, body: Body, *more: Signer) -> Act[Any]:
    mine = Signer(f"300:{author}", author, "self", "p")
    return Act(index, f"identity.{verb}/1", author, "id", "0" * 64, time, body, (mine, *more))


def first_acts() -> list[Act[Any]]:
    organisation = RegisterOrganisation(
        organisation=core, name={"en": "x"}, scheme="none", capacities=("supplier",)
    )
    prefix = DelegatePrefix(prefix="99.100.1", holder=core, role="enterprise")
    return [
        act_of(5, node, "organisation.register", organisation),
        act_of(7, node, "prefix.delegate", prefix),
    ]


def next_act(index: int, choice: int, pick: random.Random) -> Act[Any]:
    """Some entry; many are refused, as they should be."""
    handle = pick.choice(names_of_records[:2])
    values = tuple(
        value(number, str(pick.randrange(3)), hidden=pick.random() < 0.4)
        for number in pick.sample(range(1, 4), pick.randrange(3))
    )
    public = key(f"seed {pick.randrange(3)}").private.public
    reference = f"{pick.choice((301, 302))}:{pick.choice((core, names_of_records[1]))}"
    add = AddKey(key=reference, jwk=public.jwk(), custody="self", types=("*",))
    new = Signer(reference, reference.partition(":")[2], "self", public.fingerprint(), False)
    said: list[tuple[str, Body]] = [
        ("handle.create", CreateHandles(handles=(HandleRecord(handle=handle, values=values),))),
        ("handle.write", WriteHandle(handle=handle, values=values, remove=(pick.randrange(1, 4),))),
        ("handle.write", WriteHandle(handle=handle, values=values)),
        ("handle.delete", DeleteHandle(handle=handle, reason="mistake")),
        ("handle.renew", RenewHandle(handle=handle, values=values)),
        ("key.add", add),
        ("key.revoke", RevokeKey(key=reference, reason="lost", suspect_from=1)),
        ("device.add", AddDevice(device=handle, organisation=core, purpose="scanner")),
    ]
    verb, body = said[choice]
    return act_of(index, core, verb, body, *((new,) if verb == "key.add" else ()))


def some_acts(choices: Sequence[int], pick: random.Random) -> list[Act[Any]]:
    acts = first_acts()
    for choice in choices:
        acts.append(next_act(acts[-1].index + pick.randrange(1, 3), choice, pick))
    return acts


def judged(acts: Sequence[Act[Any]], up_to: int = 10**9) -> tuple[Memory, list[Act[Any]]]:
    """The state that these entries give, and those of them that were accepted."""
    rules, state = rule_set(), Memory()
    firm = {"name": {}, "scheme": "none", "verified": True, "node": "99.100", "capacities": []}
    state.apply([Change("organisation", node, {**firm, "capacities": ["node"]})])
    state.apply([Change("prefix", "99.100", {"holder": node, "role": "secondary", "since": 0})])
    taken = []
    for act in acts:
        if act.index > up_to:
            break
        try:
            state.apply(rules.judge(state, act))
        except RuleError:
            continue
        taken.append(act)
    return state, taken


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 7), max_size=steps_max), st.randoms(use_true_random=False))
def test_as_of_is_what_a_replay_up_to_there_gives(choices: list[int], pick: random.Random) -> None:
    acts = some_acts(choices, pick)
    state, taken = judged(acts)
    for index in range(acts[-1].index + 2):
        then, _ = judged(taken, index)
        for handle in names_of_records:
            assert resolve(state, handle, index) == resolve(then, handle), (handle, index)


def test_such_acts_are_accepted_of_every_type() -> None:
    pick = random.Random(8)
    runs = [some_acts(pick.choices(range(8), k=steps_max), pick) for _ in range(30)]
    assert len({act.type for acts in runs for act in judged(acts)[1]}) == 9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 7), max_size=steps_max), st.randoms(use_true_random=False))
def test_history_is_the_difference_of_each_version_to_the_one_before(
    choices: list[int], pick: random.Random
) -> None:
    acts = some_acts(choices, pick)
    state, taken = judged(acts)
    snapshot: Any = Snapshot(state, taken)
    for handle in names_of_records:
        if resolve(state, handle) is None:
            continue
        for reader in (public_reader, Reader.party(supplier), auditor_reader):
            told = []
            before: tuple[Any, ...] = ()
            record = None
            for act in taken:
                then, _ = judged(taken, act.index)
                found = resolve(then, handle)
                if found != record and found is not None:
                    after = values_for(reader, found)
                    told.append((act.index, *changes(before, after)))
                    before = after
                record = found
            pages, below = [], None
            while True:
                page = history(snapshot, reader, handle, below, limit=2)
                pages += page.versions
                below = page.next
                if below is None:
                    break
            assert [(v.index, v.added, v.changed, v.removed) for v in pages] == told[::-1]


def test_a_private_value_appears_in_nobody_elses_history(world: World) -> None:
    handle = "99.100.1/SN-9"
    hidden = value(7, "41 CNY", hidden=True)
    record = HandleRecord(handle=handle, values=(value(1, "pump", hidden=False),))
    first = world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    second = world.add(
        core, "identity.handle.write/1", WriteHandle(handle=handle, values=(hidden,))
    )
    gone = world.add(core, "identity.handle.write/1", WriteHandle(handle=handle, remove=(7,)))
    with world.reader.open() as snapshot:
        for reader, seen in ((public_reader, ()), (Reader.party(supplier), (7,))):
            found = history(snapshot, reader, handle.lower())
            assert [version.index for version in found.versions] == [
                gone.index, second.index, first.index,
            ]  # fmt: skip
            assert [version.added for version in found.versions] == [(), seen, (1,)]
            assert [version.removed for version in found.versions] == [seen, (), ()]
            assert found.versions[0].author == core


def test_a_time_is_the_last_entry_at_or_before_it(tmp_path: Path, database_url: str) -> None:
    world = World(database_url, tmp_path)
    world.populate()
    with world.reader.open() as snapshot:
        rows = [snapshot.row(index) for index in range(snapshot.size())]
        for time in sorted({row.time for row in rows}):
            last = max(row.index for row in rows if row.time <= time)
            assert index_of(snapshot, time) == last
            assert index_of(snapshot, time.replace("Z", "+00:00")) == last
        assert index_of(snapshot, "9999-12-31T23:59:59.999Z") == len(rows) - 1
        assert index_of(snapshot, str(len(rows) - 1)) == len(rows) - 1
        with pytest.raises(AsOfBeyondLog):
            index_of(snapshot, str(len(rows)))
        with pytest.raises(AsOfBeforeLog):
            index_of(snapshot, "1999-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2026-03-05T08:00:00Z", "2026-03-05T08:00:00.000Z"),
        ("2026-03-05t08:00:00.1239z", "2026-03-05T08:00:00.123Z"),
        ("2026-03-05T08:00:00.5+08:00", "2026-03-05T00:00:00.500Z"),
    ],
)
def test_times_are_read_as_rfc_3339_writes_them(asked: str, told: str) -> None:
    assert instant_of(asked) == told


@pytest.mark.parametrize(
    "asked",
    [
        "", "now", "-1", "01", "1.0", "1e3", " 5", "５", "2026-03-05", "2026-03-05T08:00:00",
        "2026-02-30T08:00:00Z", "2026-03-05T24:00:00Z", "2026-03-05 08:00:00Z",
        "2026-03-05T08:00:00 08:00", "0001-01-01T00:00:00+23:59", "9" * 16, "9" * 400,
        "2026-03-05T08:00:00." + "1" * 400 + "Z",
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_name(asked: str) -> None:
    snapshot: Any = Snapshot(Memory(), ())
    with pytest.raises(AsOfMalformed):
        index_of(snapshot, asked)
