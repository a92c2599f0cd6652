"""Taking in handles: whole or with a word on what is in, once however often, and judged before on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.app.exchange.rig import core, give, log_size, rehearse, source, take, values
from tests.identity.exchange import forms
from tests.identity.test_templates import first, good, publish, say, value
from tests.ledger.world import World, supplier

from tallystick.app.exchange import taking_in
from tallystick.app.exchange.taking_in import look_through
from tallystick.identity import CreateHandles, HandleRecord, HandleValue, WriteHandle, exchange
from tallystick.identity.exchange import ImportStopped
from tallystick.ledger import Reader, auditor_reader, public_reader

batch = """CREATE 99.100.1/A
100 HS_ADMIN 86400 1110 ADMIN 300:011111110011:0.NA/99.100.1

ADD 99.100.1/A
1 URL 86400 1110 UTF8 https://example.com/a

CREATE 99.100.1/B
1 URL 86400 1110 UTF8 https://example.com/b

MODIFY 99.100.1/A
1 URL 86400 1110 UTF8 https://example.com/new

REMOVE 100:99.100.1/A
DELETE 99.100.1/B
"""


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    return made


def test_a_batch_file_is_done_in_its_order_and_once(tmp_path: Path, world: World) -> None:
    read = source(tmp_path, batch)
    done, faults = rehearse(world, read)
    assert (done.done, done.entries, faults) == (5, 4, [])
    assert values(world, "99.100.1/A") is None
    done = take(world, read)
    assert (done.done, done.there, done.entries) == (5, 0, 4)
    assert [(v.index, v.value) for v in values(world, "99.100.1/A") or ()] == [
        (1, "https://example.com/new")
    ]
    assert values(world, "99.100.1/B") is None
    size = log_size(world)
    assert take(world, read) == taking_in.Done(0, 5, 0)
    assert rehearse(world, read) == (taking_in.Done(0, 5, 0), [])
    assert log_size(world) == size
    world.audit()


def test_what_is_there_already_is_told_from_what_stands_against_it(
    tmp_path: Path, world: World
) -> None:
    """As if somebody else had registered it before: no entry of this import is known."""
    record = HandleRecord(handle="99.100.1/A", values=(value(1, "URL", "https://example.com/a"),))
    said = say(world, core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    assert said.accepted
    same = "CREATE 99.100.1/A\n1 URL 86400 1110 UTF8 https://example.com/a\n\nCREATE 99.100.1/C\n"
    assert take(world, source(tmp_path, same)) == taking_in.Done(1, 1, 1)
    for text, told in (
        ("CREATE 99.100.1/A\n1 URL 86400 1110 UTF8 x\n", "another record"),
        ("CREATE 99.100.1/a\n1 URL 86400 1110 UTF8 https://example.com/a\n", "another record"),
        ("ADD 99.100.1/A\n1 URL 86400 1110 UTF8 x\n", "MODIFY changes it"),
        ("MODIFY 99.100.1/A\n2 URL 86400 1110 UTF8 x\n", "ADD adds it"),
        ("REMOVE 1,2:99.100.1/A\n", "no value 2"),
        ("DELETE 99.100.1/NONE\n", "no such record"),
        ("ADD 99.100.1/NONE\n2 URL 86400 1110 UTF8 x\n", "no such record"),
        ("CREATE 99.100.2/X\n", "does not hold the prefix"),
    ):
        read = source(tmp_path, text)
        _, faults = rehearse(world, read)
        assert told in faults[0].reason
        with pytest.raises(ImportStopped, match="0 of 1 operations") as stopped:
            take(world, read)
        assert told in stopped.value.detail
    assert len(values(world, "99.100.1/A") or ()) == 1


def test_an_import_that_stops_says_where_and_goes_on_there(tmp_path: Path, world: World) -> None:
    lines = [f"CREATE 99.100.1/N-{n}\n1 URL 86400 1110 UTF8 x\n\n" for n in range(450)]
    wrong = [*lines[:420], "CREATE 99.100.2/X\n\n", *lines[420:]]
    with pytest.raises(ImportStopped, match="400 of 451 operations are in; line 1201"):
        take(world, source(tmp_path, "".join(wrong)))
    assert values(world, "99.100.1/N-399") is not None
    assert values(world, "99.100.1/N-400") is None
    done = take(world, source(tmp_path, "".join(lines)))
    assert (done.done, done.there) == (50, 400)


def test_an_import_that_is_killed_goes_on(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a commit nobody heard of, too: its entries are known by their ids."""
    monkeypatch.setattr(taking_in, "steps_at_once", 2)
    text = "".join(f"CREATE 99.100.1/K-{n}\n\nDELETE 99.100.1/K-{n}\n" for n in range(6))
    read = source(tmp_path, text)
    append, calls = world.ledger.append, 0

    def dies(submissions: Any) -> Any:
        nonlocal calls
        answers = append(submissions)
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return answers

    monkeypatch.setattr(world.ledger, "append", dies)
    with pytest.raises(KeyboardInterrupt):
        take(world, read)
    monkeypatch.setattr(world.ledger, "append", append)
    done = take(world, read)
    assert done.done + done.there == 12
    assert done.there > 0
    assert all(values(world, f"99.100.1/K-{n}") is None for n in range(6))
    world.audit()


def fresh(tmp_path: Path) -> Iterator[World]:
    for number in range(10**6):
        folder = tmp_path / f"{number}"
        folder.mkdir(exist_ok=True)
        if (folder / "log.sqlite").exists():
            continue
        world = World(f"sqlite:///{folder / 'log.sqlite'}", folder)
        world.populate()
        yield world


def told(world: World, prefix: str = "99.100.1") -> list[tuple[Any, ...]]:
    """Everything that the records of a prefix say, but for when."""
    with world.reader.open() as snapshot:
        return [
            (one.record.handle, one.record.template, one.values)
            for one in exchange.exported(snapshot.view, auditor_reader, prefix)
        ]


records = st.dictionaries(
    st.sampled_from(["A", "B", "电池", "c"]), forms.values(forms.in_lines), min_size=1, max_size=4
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records, st.booleans())
def test_what_is_given_out_and_taken_in_says_the_same(
    tmp_path: Path, given_records: dict[str, tuple[HandleValue, ...]], again: bool
) -> None:
    worlds = fresh(tmp_path)
    old, new = next(worlds), next(worlds)
    made = tuple(
        HandleRecord(handle=f"99.100.1/{name}", values=given_records[name])
        for name in given_records
    )
    assert say(old, core, "identity.handle.create/1", CreateHandles(handles=made)).accepted
    path = tmp_path / "records.ndjson"
    give(old, "ndjson", path, auditor_reader)
    read = exchange.source_of(str(path), "ndjson")
    for _ in range(2 if again else 1):
        take(new, read)
    readable = [one for one in told(old) if one[2]]
    assert [one for one in told(new) if one[2]] == readable


def test_templates_travel_with_their_records(tmp_path: Path) -> None:
    worlds = fresh(tmp_path)
    old, new = next(worlds), next(worlds)
    assert publish(old).accepted
    record = HandleRecord(
        handle="99.100.1/P",
        values=(*good, value(14, "PRICE", "4100"), value(15, "RECIPE", "NCM")),
        template=first,
    )
    assert say(old, core, "identity.handle.create/1", CreateHandles(handles=(record,))).accepted
    path = tmp_path / "records.ndjson"
    for _ in range(2):
        give(old, "ndjson", path, Reader.party(core))
        read = exchange.source_of(str(path), "ndjson")
        assert rehearse(new, read)[1] == []
        take(new, read)
    assert told(new) == told(old)
    assert told(new)[0][1] == first
    written = WriteHandle(handle="99.100.1/P", values=(value(13, "MADE", "tomorrow"),))
    answer = say(new, core, "identity.handle.write/1", written)
    assert answer.problem is not None
    assert answer.problem.code == "template-not-met"


@pytest.mark.parametrize("form", ["batch", "csv", "sql"])
def test_other_forms_bring_what_they_can_say(tmp_path: Path, form: Any) -> None:
    worlds = fresh(tmp_path)
    old, new = next(worlds), next(worlds)
    take(old, source(tmp_path, batch + "CREATE 99.100.1/D\n1 URL 86400 1110 UTF8 d\n"))
    path: Any = tmp_path / "out"
    if form == "sql":
        path = f"sqlite:///{tmp_path / 'handles.sqlite'}"
    giving = give(old, form, path, public_reader)
    assert (giving.records, giving.noticed) == (2, 0)
    read = exchange.source_of(str(path), form)
    assert look_through(read).operations == 2
    take(new, read)
    assert told(new) == told(old)


def test_a_form_says_what_it_leaves_out(tmp_path: Path, world: World) -> None:
    assert publish(world).accepted
    price = value(14, "PRICE", "4100")
    record = HandleRecord(handle="99.100.1/P", values=(*good, price), template=first)
    assert say(world, core, "identity.handle.create/1", CreateHandles(handles=(record,))).accepted
    for form in ("batch", "csv"):
        giving = give(world, form, tmp_path / form, Reader.party(core))
        reasons = [one.reason for one in giving.notices]
        assert len(reasons) == giving.noticed == 2
        assert "loses its readers" in reasons[1]
        assert "follows 1:99.100.1/META_PACK" in reasons[0]


def test_only_the_prefixes_own_records_leave(tmp_path: Path, world: World) -> None:
    take(world, source(tmp_path, "CREATE 99.100.2/X\n1 URL 86400 1110 UTF8 x\n"), supplier)
    take(world, source(tmp_path, "CREATE 99.100.1/X\n1 URL 86400 1110 UTF8 x\n"))
    assert [one[0] for one in told(world)] == ["99.100.1/X"]
    assert [one[0] for one in told(world, "99.100.2")] == ["99.100.2/X"]
    assert told(world, "99.100") == []
