"""A log that admits SM2, for those who have it, and for those who must say that they lack it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import NoteBody, World, core, key, node, rules_with_notes

from tallystick.identity import AddKey, Directory, Grant, RevokeKey
from tallystick.ledger import (
    SM2,
    Attachment,
    AttachmentRef,
    Audited,
    Submission,
    SuiteLacking,
    audit,
    auditing,
    mirror,
    sm3,
    suites,
)
from tallystick.ledger.auditing.store_source import StoreSource
from tallystick.ledger.replay import Replay
from tallystick.ledger.sm import libcrypto

second = f"301:{core}"


def both(world: World, body: RevokeKey, *references: str) -> Submission:
    first, *more = (key(one, SM2 if one == second else suites[0]) for one in references)
    author = world.author(core)
    author.key = first
    return author.write("identity.key.revoke/1", body, endorsers=more)


def said(world: World, submission: Submission) -> str:
    (answer,) = world.ledger.append([submission])
    return answer.problem.code if answer.problem else (answer.code or answer.outcome)


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    """The core enterprise has a key of each suite."""
    made = World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))
    made.populate()
    made.add_key(node, core, index=301, suite=SM2)
    return made


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(libcrypto.library_setting, "none")


def test_with_keys_of_two_suites_both_sign_and_both_must_verify(world: World) -> None:
    body = RevokeKey(key="300:99.100.1/scanner-1", reason="retired")
    assert said(world, both(world, body, f"300:{core}")) == "key-not-valid"
    assert said(world, both(world, body, second)) == "key-not-valid"
    wrong = key(second, SM2).private
    first = key(f"300:{core}").private
    assert wrong.sign(b"m") != first.sign(b"m")
    good = both(world, body, f"300:{core}", second)
    broken = good.envelope.replace(b'"keyid":"301:', b'"keyid":"302:')
    assert said(world, Submission(broken, good.body, good.salt)) == "signature-invalid"
    assert said(world, good) == "accepted"


def test_a_log_that_does_not_list_it_admits_none(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    new = key(second, SM2)
    body = AddKey(key=second, jwk=new.private.public.jwk(), custody="self", types=("*",))
    assert said(world, world.write(core, "identity.key.add/1", body, new)) == (
        "key-registration-refused"
    )


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize("processes", [0, 1])
def test_an_auditor_without_it_names_what_it_could_not_check(
    world: World, monkeypatch: pytest.MonkeyPatch, ruled: bool, processes: int
) -> None:
    body = RevokeKey(key="300:99.100.1/scanner-1", reason="retired")
    (answer,) = world.append([both(world, body, f"300:{core}", second)])
    world.ledger.seal()
    whole = audited(world, ruled, processes)
    assert (whole.unchecked, whole.unknown_suites) == ((), ())
    without(monkeypatch)
    found = audited(world, ruled, processes)
    with world.reader.open() as snapshot:
        added = dict(snapshot.view.group("key", core))["301"]["since"]
    assert found.unchecked == (added, answer.index)
    assert found.unknown_suites == (SM2,)
    assert found.signatures == whole.signatures - 2
    assert found.root == whole.root


def audited(world: World, ruled: bool, processes: int) -> Audited:
    crew = auditing.Crew(processes, world.checker.admit, lambda: world.rules)
    try:
        return audit(
            world.store, world.rules, Directory(), world.checker,
            memory=world.memory, crew=crew, ruled=ruled,
        )  # fmt: skip
    finally:
        crew.close()


def test_a_node_without_it_takes_nothing_in_that_it_cannot_check(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = RevokeKey(key="300:99.100.1/scanner-1", reason="retired")
    good = both(world, body, f"300:{core}", second)
    without(monkeypatch)
    assert said(world, good) == SuiteLacking.code
    assert (
        said(world, world.write(node, "identity.grant/1", Grant(to=core, types=()))) == "accepted"
    )
    monkeypatch.undo()
    assert said(world, good) == "accepted"


def test_a_mirror_without_it_vouches_for_nothing_and_blames_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From the listing on, before anybody signs so; and it goes on once it has the suite."""
    world.ledger.seal()
    rig = Rig(world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")
    without(monkeypatch)
    with pytest.raises(mirror.MirrorLacksSuite):
        rig.mirror.follow()
    assert rig.mirror.standing().refusal is None
    monkeypatch.undo()
    with world.reader.open() as snapshot:
        assert rig.mirror.follow() == snapshot.size()


def test_a_mirror_does_not_cosign_where_a_suite_is_only_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str
) -> None:
    world = World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))
    world.populate()
    world.ledger.seal()
    rig = Rig(world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")
    without(monkeypatch)
    for _ in range(2):
        with pytest.raises(mirror.MirrorLacksSuite):
            rig.mirror.follow()
    monkeypatch.undo()
    assert rig.mirror.follow() > 0


def test_nothing_goes_on_from_what_was_not_checked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import, a restored backup or a new operator would vouch for it from then on."""
    world.ledger.seal()
    without(monkeypatch)
    with pytest.raises(SuiteLacking, match="entries "):
        world.audit().require_checked()
    replay = Replay(world.rules, Directory(), world.checker)
    with world.store.read() as transaction:
        source = StoreSource(world.store.url, transaction, world.store.vault)
        records = [record for index in range(source.size) if (record := source.record(index))]
    with pytest.raises(SuiteLacking, match="entry "):
        list(replay.run(records))


def test_an_attachment_that_rests_on_it_is_no_contradiction(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an entry of a stream as of any other: nothing is said of what nobody here can check."""
    rules = rules_with_notes()
    note = rules.types["test.note/1"]
    rules.types[note.name] = replace(note, admit=lambda _body, _attached: sm3(b"") and None)
    world = World(sqlite_url, tmp_path / "home", rules=rules, admitted=(*suites, SM2))
    world.populate()
    attachment = Attachment("text/plain", b"", bytes(32))
    ref = AttachmentRef(hash=attachment.hash(), type=attachment.type, size=0)
    body = NoteBody(text="with", attachments=(ref,))
    device = world.add_device(core, "99.100.1/scanner-2")
    good = device.write(note.name, body, [attachment])
    without(monkeypatch)
    assert said(world, good) == SuiteLacking.code
    monkeypatch.undo()
    (answer,) = world.append([good])
    world.ledger.seal()
    assert world.audit().unchecked == ()
    without(monkeypatch)
    found = world.audit()
    assert (found.unchecked, found.contradictions) == ((answer.index,), 0)
