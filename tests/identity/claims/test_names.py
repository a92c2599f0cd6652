"""Names of records: claimed, contested, settled, released, continued, replaced; read now and as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.identity.claims.says import also_mine, code, done, mine, populated, say, sgtin, theirs
from tests.ledger.world import World, core, node, supplier

from tallystick.identity import (
    Continues,
    DeleteHandle,
    Name,
    by_name,
    contests_for,
    contests_of,
    names_for,
    names_of,
)
from tallystick.ledger import Reader, auditor_reader, public_reader

stranger = Reader.party("99.100/O-STRANGER00000")


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    return populated(sqlite_url, tmp_path)


@pytest.fixture
def stored(tmp_path: Path, database_url: str) -> World:
    return populated(database_url, tmp_path)


@pytest.fixture(scope="module")
def unnamed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """For refusals, which change nothing."""
    home = tmp_path_factory.mktemp("unnamed")
    return populated(f"sqlite:///{home / 'log.sqlite3'}", home)


def named(world: World, text: str = sgtin, scheme: str = "sgtin", **at: Any) -> Name | None:
    with world.reader.open() as snapshot:
        return by_name(snapshot.view, scheme, text, **at)


def test_a_record_has_many_names_and_each_resolves_as_people_spell_it(stored: World) -> None:
    told = {
        "sgtin": sgtin, "sscc": "095060001343520017", "vin": "LSVAA49J132047371",
        "own": f"{supplier}#电-7", "did-web": "did:web:example.com:units:7",
    }  # fmt: skip
    for scheme, text in told.items():
        done(say(stored, core, "name.claim", handle=mine, scheme=scheme, code=text))
    with stored.reader.open() as snapshot:
        found = names_of(snapshot.view, mine.lower())
    assert {name.scheme: name.code for name in found} == told
    assert [name.scheme for name in found] == sorted(told)
    spelled = {
        "sgtin": "(01)9506000134352(21)SN-1", "sscc": "(00)095060001343520017",
        "vin": "lsvaa49j132047371", "did-web": "did:web:EXAMPLE.com:units:%37",
    }  # fmt: skip
    for scheme, text in spelled.items():
        name = named(stored, text, scheme)
        assert name is not None, scheme
        assert (name.handle, name.owner, name.public) == (mine, core, True)
    assert named(stored, "09506000134352(21)sn-1") is None
    assert stored.audit().size > 0


def test_a_code_names_one_record(world: World) -> None:
    done(say(world, core, "name.claim", handle=mine))
    for author, handle in ((core, mine), (core, also_mine), (supplier, theirs)):
        answer = say(world, author, "name.claim", handle=handle)
        assert code(answer) == "name-claimed"
        # A private name must not be found by claiming it again.
        assert handle == mine or mine not in str(answer.problem)


@pytest.mark.parametrize(
    ("author", "told", "expected"),
    [(supplier, {}, "not-entitled"),
     (core, {"handle": mine.lower()}, "handle-unknown"),
     (core, {"handle": "99.100.1/NONE"}, "handle-unknown"),
     (core, {"handle": "99.100/P-MAKER00000000"}, "handle-unknown"),
     (core, {"scheme": "isbn", "code": "1"}, "scheme-unknown"),
     (core, {"code": "09506000134353(21)SN-1"}, "code-refused"),
     (core, {"code": "9506000134352(21)SN-1"}, "code-not-canonical"),
     (core, {"scheme": "vin", "code": "lsvaa49j132047371"}, "code-not-canonical"),
     (core, {"scheme": "own", "code": "99.100/O-NOBODY#1"}, "unknown-party"),
     (core, {"replaces": "09506000134352(21)OLD"}, "replacement-refused"),
     (core, {"replaces": sgtin}, "replacement-refused")],
)  # fmt: skip
def test_refused_claims_change_nothing(
    unnamed: World, author: str, told: dict[str, Any], expected: str
) -> None:
    assert code(say(unnamed, author, "name.claim", **{"handle": mine, **told})) == expected
    with unnamed.reader.open() as snapshot:
        assert names_of(snapshot.view, mine) == ()


def test_a_private_name_is_for_its_readers(world: World) -> None:
    done(say(world, core, "name.claim", handle=mine, readers=(supplier,)))
    with world.reader.open() as snapshot:
        found = names_of(snapshot.view, mine)
    assert len(found) == 1
    for reader in (Reader.party(core), Reader.party(supplier), auditor_reader):
        assert names_for(reader, found) == found
    for reader in (public_reader, stranger):
        assert names_for(reader, found) == ()


def test_both_claimants_and_who_decides_see_a_contest(world: World) -> None:
    done(say(world, core, "name.claim", handle=mine))
    contest = {"handle": theirs, "reason": "copied", "evidence": "ab" * 32}
    assert (
        code(say(world, core, "name.contest", handle=also_mine, reason="ours")) == "contest-refused"
    )
    done(say(world, supplier, "name.contest", **contest))
    assert code(say(world, supplier, "name.contest", **contest)) == "contest-refused"
    with world.reader.open() as snapshot:
        view = snapshot.view
        (told,) = contests_of(view, mine)
        assert contests_of(view, theirs) == (told,)
        assert (told.owner, told.holder, told.decider) == (supplier, core, node)
        assert told.evidence == "ab" * 32
        for reader in (Reader.party(core), Reader.party(supplier), Reader.party(node)):
            assert contests_for(reader, (told,)) == (told,)
        for reader in (public_reader, stranger):
            assert contests_for(reader, (told,)) == ()


@pytest.mark.parametrize(("outcome", "holder"), [("granted", theirs), ("dismissed", mine)])
def test_the_node_above_both_decides(stored: World, outcome: str, holder: str) -> None:
    first = done(say(stored, core, "name.claim", handle=mine))
    done(say(stored, supplier, "name.contest", handle=theirs, reason="mistake"))
    settle = {"handle": theirs, "outcome": outcome}
    for party in (core, supplier):
        assert code(say(stored, party, "name.settle", **settle)) == "not-entitled"
    last = done(say(stored, node, "name.settle", **settle))
    assert code(say(stored, node, "name.settle", **settle)) == "name-unknown"
    now, before = named(stored), named(stored, at=last - 1)
    assert now is not None
    assert before is not None
    assert (now.handle, before.handle, before.since) == (holder, mine, first)
    assert named(stored, at=first - 1) is None
    with stored.reader.open() as snapshot:
        (ended,) = contests_of(snapshot.view, theirs)
    assert (ended.outcome, ended.until, ended.decider) == (outcome, last, None)


def test_a_released_name_goes_to_the_oldest_contest_that_stands(world: World) -> None:
    done(say(world, core, "name.claim", handle=mine))
    assert code(say(world, supplier, "name.release", handle=theirs)) == "name-unknown"
    assert code(say(world, supplier, "name.release", handle=mine)) == "not-entitled"
    done(say(world, supplier, "name.contest", handle=theirs, reason="acquired"))
    done(say(world, core, "name.release", handle=mine))
    now = named(world)
    assert now is not None
    assert (now.handle, now.owner) == (theirs, supplier)
    done(say(world, supplier, "name.release", handle=theirs))
    assert named(world) is None
    done(say(world, core, "name.claim", handle=also_mine))


def test_a_contest_is_withdrawn_or_lapses_with_its_record(world: World) -> None:
    done(say(world, core, "name.claim", handle=mine))
    done(say(world, supplier, "name.contest", handle=theirs, reason="ours"))
    done(say(world, supplier, "name.release", handle=theirs))
    done(say(world, supplier, "name.contest", handle=theirs, reason="ours"))
    gone = DeleteHandle(handle=theirs, reason="mistake")
    world.add(supplier, "identity.handle.delete/1", gone)
    settle = {"handle": theirs, "outcome": "granted"}
    assert code(say(world, node, "name.settle", **settle)) == "handle-unknown"
    done(say(world, core, "name.release", handle=mine))
    assert named(world) is None
    with world.reader.open() as snapshot:
        found = contests_of(snapshot.view, theirs)
    assert [one.outcome for one in found] == ["withdrawn", "lapsed"]


def test_a_partner_decides_about_its_own_numbering(world: World) -> None:
    own = {"scheme": "own", "code": f"{supplier}#PN-1"}
    done(say(world, core, "name.claim", handle=mine, **own))
    done(say(world, supplier, "name.contest", handle=theirs, reason="ours", **own))
    assert code(say(world, node, "name.settle", handle=theirs, outcome="granted", **own)) == (
        "not-entitled"
    )
    done(say(world, supplier, "name.settle", handle=theirs, outcome="granted", **own))
    done(say(world, supplier, "name.release", handle=theirs, **own))
    done(say(world, core, "name.claim", handle=mine, **own))
    done(say(world, supplier, "name.release", handle=mine, **own))


def test_a_foreign_code_goes_on_where_its_history_was(world: World) -> None:
    continues = Continues(resolver="https://old.example/88.1/7", evidence="cd" * 32)
    done(say(world, core, "name.claim", handle=mine, continues=continues))
    found = named(world)
    assert found is not None
    assert found.continues == {"resolver": "https://old.example/88.1/7", "evidence": "cd" * 32}


def test_a_battery_that_is_recoded_keeps_its_old_code(world: World) -> None:
    old, new, third = (f"08GPE0112345678B3000000{n}" for n in (1, 2, 3))
    coded = {"handle": mine, "scheme": "gb34014"}
    first = done(say(world, core, "name.claim", code=old, **coded))
    second = done(say(world, core, "name.claim", code=new, replaces=old, **coded))
    again = say(world, core, "name.claim", code=third, replaces=old, **coded)
    assert code(again) == "replacement-refused"
    found = named(world, old, "gb34014")
    assert found is not None
    assert (found.handle, found.replaced_by, found.since) == (mine, new, first)
    before = named(world, old, "gb34014", at=second - 1)
    assert before is not None
    assert before.replaced_by is None
    done(say(world, core, "name.release", code=new, **coded))
    done(say(world, core, "name.claim", code=third, replaces=old, **coded))


def test_a_name_goes_with_its_record_to_a_new_owner(world: World) -> None:
    """A deleted record that another holder of the prefix renews is that holder's, with its names."""
    done(say(world, core, "name.claim", handle=mine, readers=("99.100/O-X",)))
    world.add(core, "identity.handle.delete/1", DeleteHandle(handle=mine, reason="mistake"))
    with world.reader.open() as snapshot:
        row = dict(snapshot.view.get("handle", mine) or {})
        (before,) = names_of(snapshot.view, mine)

        class Renewed:
            """The same state, in which the record is the supplier's."""

            def get(self, kind: str, name: str, part: str = "") -> Any:
                if (kind, name) == ("handle", mine):
                    return {**row, "owner": supplier}
                return snapshot.view.get(kind, name, part)

            def __getattr__(self, name: str) -> Any:
                return getattr(snapshot.view, name)

        (after,) = names_of(Renewed(), mine)  # type: ignore[arg-type]
    assert (before.owner, after.owner) == (core, supplier)
    assert names_for(Reader.party(core), [after]) == ()
    assert names_for(Reader.party(supplier), [after]) == (after,)
