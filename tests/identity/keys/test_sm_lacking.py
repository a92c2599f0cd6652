"""Keys bound to certificates of SM2, for those who lack the suite: they say so, and neither accept nor blame."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from tests.identity.keys import sm_authority
from tests.identity.keys.says import code, row_of, say
from tests.identity.keys.sm_authority import SmIssued
from tests.identity.keys.sm_bound import (
    answered,
    at,
    between,
    bind,
    bound,
    ca,
    classical,
    direct,
    firm,
    leaf,
    listed,
    populated,
    reference,
    refused,
    said_good,
)
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import World, root

from tallystick.app.bootstrap import admit
from tallystick.identity import (
    BindKey,
    Directory,
)
from tallystick.ledger import (
    SM2,
    Audited,
    NotSound,
    SuiteLacking,
    audit,
    auditing,
    mirror,
    suites,
)
from tallystick.ledger.auditing.store_source import StoreSource
from tallystick.ledger.replay import Replay
from tallystick.ledger.sm import libcrypto


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))
    return populated(made, ca, classical)


def test_a_node_without_the_suite_takes_in_no_binding(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it lacks the suite, but of what is wrong in any case what is wrong."""
    good = answered(world, said_good(), leaf, between)
    wrong = bound(world, *refused["another number"])
    monkeypatch.setenv(libcrypto.library_setting, "none")
    assert bind(world, bound_before := bound_by(leaf, world)) == SuiteLacking.code
    assert code(world, good) == SuiteLacking.code
    assert bind(world, wrong) == "certificate-refused"
    assert code(world, say(world, root, "anchor.list", listed(between))) == "accepted"
    assert "bound" not in row_of(world, reference)
    monkeypatch.undo()
    assert bind(world, bound_before) == "accepted"


def bound_by(one: SmIssued, world: World) -> BindKey:
    """Signed by a UKey, which needs nothing of this machine."""
    return bound(world, one, between)


@pytest.fixture
def logged(world: World) -> tuple[World, int]:
    """A binding with an answer, in the log, and its index."""
    (answer,) = world.append([answered(world, said_good(), leaf, between)])
    world.ledger.seal()
    return world, answer.index


def test_what_a_listed_ca_answered_itself(world: World) -> None:
    moment = datetime.fromisoformat(at)
    data = sm_authority.response(direct, ca, this_update=moment, next_update=None)
    assert code(world, answered(world, data, direct)) == "certificate-refused"
    assert code(world, answered(world, data, direct, ca)) == "accepted"


@pytest.mark.parametrize("processes", [0, 1])
def test_an_auditor_without_the_suite_names_the_binding(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    world, index = logged
    whole = audited(world, processes)
    assert (whole.unchecked, whole.unknown_suites) == ((), ())
    monkeypatch.setenv(libcrypto.library_setting, "none")
    found = audited(world, processes)
    assert (found.unchecked, found.unknown_suites) == ((index,), (SM2,))
    assert (found.root, found.state, found.contradictions) == (whole.root, whole.state, 0)
    with pytest.raises(SuiteLacking, match=f"entries {index}"):
        found.require_checked()


def audited(world: World, processes: int) -> Audited:
    crew = auditing.Crew(processes, admit, lambda: world.rules)
    try:
        return audit(
            world.store, world.rules, Directory(), world.checker, memory=world.memory, crew=crew
        )
    finally:
        crew.close()


def test_nobody_goes_on_from_a_binding_that_was_not_checked(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, index = logged
    monkeypatch.setenv(libcrypto.library_setting, "none")
    replay = Replay(world.rules, Directory(), world.checker)
    with world.store.read() as transaction:
        source = StoreSource(world.store.url, transaction, world.store.vault)
        records = [record for index in range(source.size) if (record := source.record(index))]
    with pytest.raises(SuiteLacking, match=f"entry {index}"):
        list(replay.run(records))


@pytest.mark.parametrize("lists", [True, False])
def test_a_mirror_without_the_suite_vouches_for_nothing_and_blames_nobody(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lists: bool
) -> None:
    """Neither where it knows that the log admits the suite, nor where it first meets it in a binding."""
    world, _ = logged
    rig = Rig(world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")
    monkeypatch.setenv(libcrypto.library_setting, "none")
    if not lists:
        monkeypatch.setattr("tallystick.ledger.mirror.follow.require_suites", lambda _state: None)
    with pytest.raises(mirror.MirrorLacksSuite):
        rig.mirror.follow()
    assert rig.mirror.standing().refusal is None
    monkeypatch.undo()
    with world.reader.open() as snapshot:
        assert rig.mirror.follow() == snapshot.size()


def test_who_has_the_suite_finds_a_binding_that_nobody_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that took one in is not sound; who lacks the suite does not say that it is."""
    with monkeypatch.context() as lying:
        lying.setattr("tallystick.identity.keys.sm.signatures.signed", lambda *_told: True)
        (answer,) = world.append(
            [say(world, firm, "key.bind", bound(world, leaf, between, signature="AAAA"))]
        )
        world.ledger.seal()
    with pytest.raises(NotSound, match="an entry that the rules admit"):
        audited(world, 0)
    monkeypatch.setenv(libcrypto.library_setting, "none")
    assert audited(world, 0).unchecked == (answer.index,)
