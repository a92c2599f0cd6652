"""The quorum text in genesis, and the certificates in the store: what rule and audit say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.ledger.bls.signers import key, names, proven, quorum
from tests.ledger.export.folders import audited, imported, write
from tests.ledger.governance import acts
from tests.ledger.witness.test_stored import line, newest, policy
from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.ledger import Note, NotSound, RuleError, Store, auditor_reader, bls, open_checkpoint
from tallystick.ledger.bls.certificate import signed_message
from tallystick.ledger.bls.text import shown
from tallystick.ledger.governance import policy_type
from tallystick.ledger.store import tables


def world(url: str, folder: Path, **given: Any) -> World:
    return World(url, folder / "home", rules=rules_with_notes(), **{"policy": policy, **given})


@pytest.fixture
def certified_world(tmp_path: Path, database_url: str) -> World:
    """A log whose newest checkpoint is final and bears a certificate."""
    made = world(database_url, tmp_path, quorum=quorum())
    made.populate()
    made.ledger.seal()
    size, note = newest(made)
    text = Note.parse(note).text
    shares = {name: key(name).sign(signed_message(text)) for name in names[:2]}
    certificate = bls.certificate_line(Note.parse(note), proven(), shares)
    with made.store.write() as transaction:
        transaction.cosignatures.put(size, [line(note, "w1"), line(note, "w2")], final=True)
        transaction.cosignatures.put(size, [certificate], final=False)
    return made


def test_the_published_checkpoint_bears_it(certified_world: World) -> None:
    with certified_world.reader.open() as snapshot:
        shown_note = snapshot.published_checkpoint()
        found = snapshot.finality()
        asked = bls.require_quorum(snapshot.view)
    assert shown_note is not None
    note = Note.parse(shown_note[1])
    assert bls.open_certificate(note, asked).signers == names[:2]
    assert open_checkpoint(shown_note[1], certified_world.ledger.signer.verifier)
    assert (found.final, len(note.signatures)) == (shown_note[0], 4)
    audited = certified_world.audit()
    assert (audited.cosignatures, audited.final) == (2, 1), "a certificate is no cosignature"


def test_a_cosigned_and_certified_log_is_exported_and_taken_in(
    certified_world: World, tmp_path: Path
) -> None:
    """Its newest checkpoint has more lines than the log's own; audit and import refused such an export."""
    write(certified_world, tmp_path / "x")
    assert "/quorum " in (tmp_path / "x/checkpoint").read_text()
    assert audited(certified_world, tmp_path / "x").root == certified_world.audit().root
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}", vault=a_vault)
    assert imported(tmp_path / "x", copy).size == certified_world.audit().size


def test_a_certificate_makes_nothing_final(tmp_path: Path, database_url: str) -> None:
    """It says k of these n; the policy alone decides."""
    made = world(database_url, tmp_path, quorum=quorum())
    made.populate()
    made.ledger.seal()
    size, note = newest(made)
    shares = {n: key(n).sign(signed_message(Note.parse(note).text)) for n in names}
    with made.store.write() as transaction:
        certificate = bls.certificate_line(Note.parse(note), proven(), shares)
        transaction.cosignatures.put(size, [certificate], final=False)
    with made.reader.open() as snapshot:
        assert snapshot.finality().final == 0
        assert snapshot.finality().behind
    made.audit()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": b"\x0f" + bytes(96)}, "bitmap names signers"),
        ({"signature": b"\x01" + bytes(96)}, "fewer signers"),
        ({"signature": b""}, "malformed"),
        ({"signature": b"\x07" + key(names[0]).public.possession}, "does not verify"),
        ({"size": 3}, "a checkpoint of this size"),
        ({"key_id": "00000000"}, "a witness of the policy"),
    ],
)
def test_the_audit_names_a_certificate_that_is_wrong(
    certified_world: World, change: dict[str, Any], said: str
) -> None:
    name = bls.line_name(certified_world.origin)
    with certified_world.store.engine.begin() as connection:
        table = tables.cosignature
        connection.execute(update(table).where(table.c.name == name).values(**change))
    with pytest.raises(NotSound, match=said):
        certified_world.audit()


def test_a_genesis_without_one_is_as_before(tmp_path: Path) -> None:
    """Logs of earlier builds replay to the same state: neither body nor effect names what is not there."""
    made = world(f"sqlite:///{tmp_path}/l.sqlite3", tmp_path)
    with made.reader.open() as snapshot:
        assert "quorum" not in snapshot.view.get("log", "genesis")  # type: ignore[operator]
        assert bls.log_quorum(snapshot.view) is None
        with pytest.raises(bls.NoQuorumText):
            bls.require_quorum(snapshot.view)
        assert b'"quorum"' not in (snapshot.disclose(0, auditor_reader).body or b"")


def rogue() -> bls.Registered:
    """The first key with the second's proof."""
    given = quorum().possessions
    return bls.Registered(text=quorum().text, possessions=(given[1], *given[1:]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rogue(), "proof of possession fails"),
        (bls.Registered(text=quorum().text, possessions=()), "each has one"),
        (bls.Registered(text="nonsense", possessions=()), "quorum text is malformed"),
        (
            bls.Registered(
                text=quorum().text.replace(names[2], "witness.example/w9"),
                possessions=quorum().possessions,
            ),
            "no witness of the policy",
        ),
        (
            bls.Registered(
                text=quorum().text.replace(
                    shown(key(names[0]).public.key), shown(bytes([0xC0]) + bytes(47))
                ),
                possessions=quorum().possessions,
            ),
            "point at infinity",
        ),
    ],
)
def test_no_genesis_names_unproven_signers(
    tmp_path: Path, given: bls.Registered, said: str
) -> None:
    with pytest.raises(RuleError, match=said):
        world(f"sqlite:///{tmp_path}/l.sqlite3", tmp_path, quorum=given)


def test_a_new_policy_says_who_certifies_from_then_on(database_url: str, tmp_path: Path) -> None:
    """A certificate is of the text in force at its checkpoint; the audit knows those of every text."""
    made = acts.governed_world(database_url, tmp_path / "home", quorum=quorum())
    made.populate()
    made.ledger.seal()
    old_size, old_note = newest(made)
    two = acts.policy_text(("w1", "w2"), "all")
    change = acts.new_policy(
        policy=two, governance=acts.governors(("w1", "w2")), quorum=quorum(2, 2)
    )
    acts.enacted(made, policy_type, acts.signed(policy_type, change, "w1", "w2"))
    made.clock.advance(2000)
    made.ledger.append(made.mint(1))
    made.ledger.seal()
    new_size, new_note = newest(made)
    with made.reader.open() as snapshot:
        old = bls.require_quorum(snapshot.view, old_size)
        new = bls.require_quorum(snapshot.view, new_size)
    assert (old.said, new.said) == ("2 of 3", "2 of 2")
    with made.store.write() as transaction:
        for size, note, asked in ((old_size, old_note, old), (new_size, new_note, new)):
            text = Note.parse(note).text
            shares = {name: key(name).sign(signed_message(text)) for name in names[:2]}
            certificate = bls.certificate_line(Note.parse(note), asked, shares)
            transaction.cosignatures.put(size, [certificate], final=False)
    made.audit()


def test_a_new_policy_with_signers_who_are_no_witnesses_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    made = acts.governed_world(sqlite_url, tmp_path / "home", quorum=quorum())
    two = acts.policy_text(("w1", "w2"), "all")
    change = acts.new_policy(policy=two, governance=acts.governors(("w1", "w2")), quorum=quorum())
    signed = acts.signed(policy_type, change, "w1", "w2")
    (answer,) = made.ledger.append([acts.written(made, policy_type, signed)])
    assert answer.problem is not None
    assert (answer.problem.code, "w3" in answer.problem.detail) == ("policy-change-refused", True)
