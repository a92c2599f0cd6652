"""An operator that breaks a rule by hand, and signs it with its real keys: the mirror names entry and rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import NoteBody, core, key, supplier

from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import Author, Effects, State, Submission
from tallystick.ledger.mirror import MirrorRefuses
from tallystick.ledger.rules import Act


def handle(name: str) -> CreateHandles:
    value = HandleValue(index=1, type="NAME", data="thing")
    return CreateHandles(handles=(HandleRecord(handle=name, values=(value,)),))


def refused(rig: Rig) -> MirrorRefuses:
    before = rig.following.size()
    with pytest.raises(MirrorRefuses) as error:
        rig.mirror.follow()
    assert rig.following.size() == before, "nothing of a stretch with a broken rule is laid down"
    kept = rig.refusals.load()
    assert kept is not None
    assert (kept.index, kept.rule) == (error.value.index, error.value.rule)
    assert f"entry {kept.index}" in kept.detail
    return error.value


def lenient(rig: Rig, name: str, rule: Callable[[State, Act[Any]], Effects]) -> None:
    """The operator's program has another rule for a type; the mirror keeps the one that everybody knows."""
    types = rig.world.ledger.rules.types
    rig.again.rules = replace(rig.again.rules, types=dict(types))
    types[name] = replace(types[name], rule=rule)


def test_a_handle_given_away_twice(rig: Rig) -> None:
    """A document is deleted in the operator's database, so that its rule accepts what it must refuse."""
    rig.mirror.follow()
    first = rig.world.add(core, "identity.handle.create/1", handle("99.100.1/SN-X"))
    rig.grow(1)
    rig.mirror.follow()
    with rig.world.store.write() as transaction:
        gone = [row[:3] for row in transaction.rows("document") if "99.100.1/SN-X" in row[1:3]]
        assert gone
        transaction.drop_documents(gone)
    rig.world.restart()
    again = rig.world.add(core, "identity.handle.create/1", handle("99.100.1/SN-X"))
    rig.grow(3)
    error = refused(rig)
    assert (error.index, again.accepted, first.accepted) == (again.index, True, True)
    assert "identity.handle.create/1" in error.detail
    assert error.rule not in ("", "outcome")


def test_an_entry_of_a_stream_that_its_rule_refuses(rig: Rig) -> None:
    """It may stand in the log, but as refused: the block's state says that the operator took it as accepted."""
    scanner = rig.world.add_device(supplier, "99.100.2/scanner-7")
    rig.grow(1)
    rig.mirror.follow()
    honest = rig.world.ledger.rules.types["test.note/1"].rule

    def accepts(state: State, act: Act[Any]) -> Effects:
        body = act.body
        return honest(state, replace(act, body=body.model_copy(update={"text": "so what"})))

    lenient(rig, "test.note/1", accepts)
    said = scanner.write("test.note/1", NoteBody(text="refuse"))
    (answer,) = rig.world.ledger.append([said])
    assert answer.accepted
    rig.grow(2)
    error = refused(rig)
    assert (error.index, error.rule) == (answer.index, "note-refused-by-rule")
    assert "is accepted in the log, refused:note-refused-by-rule by its rule" in error.detail


def test_other_effects_of_an_accepted_entry(rig: Rig) -> None:
    """Both accept it, and it means something else: the block's state differs, and names the block."""
    rig.mirror.follow()
    honest = rig.world.ledger.rules.types["test.note/1"].rule

    def richer(state: State, act: Act[Any]) -> Effects:
        (change,) = honest(state, act)
        return [replace(change, value={"text": "mine", "by": "me"})]

    lenient(rig, "test.note/1", richer)
    rig.world.add(core, "test.note/1", NoteBody(text="ours"))
    rig.grow(0)
    error = refused(rig)
    assert error.rule == "block-state"


def test_a_key_that_was_never_valid(rig: Rig) -> None:
    """An author's entry signed by somebody else's key, taken in by a directory that admits everything."""
    rig.mirror.follow()

    class Admits:
        def __getattr__(self, name: str) -> Any:
            return getattr(rig.again.directory, name)

        def key(self, state: State, reference: str) -> Any:
            found = rig.again.directory.key(state, reference)
            return found and replace(found, owner=core)

    author = Author(rig.world.origin, core, key(f"300:{supplier}"), rig.world.clock)
    forged: Submission = author.write("test.note/1", NoteBody(text="not mine"))
    rig.world.ledger.directory = Admits()  # type: ignore[assignment]
    (answer,) = rig.world.ledger.append([forged])
    assert answer.accepted
    rig.world.ledger.directory = rig.again.directory
    rig.grow(1)
    error = refused(rig)
    assert (error.index, error.rule) == (answer.index, "key-not-valid")


def test_two_signed_checkpoints_of_one_size(rig: Rig) -> None:
    """The log signs another history with its real key: what was re-executed before contradicts it."""
    from tallystick.ledger import Checkpoint

    size = rig.mirror.follow()
    fork = Checkpoint(rig.world.origin, size, bytes(32)).sign(rig.world.ledger.signer.key.private)
    with pytest.raises(MirrorRefuses, match="with another root") as error:
        rig.mirror.follow(fork.encode())
    assert error.value.rule == "checkpoint-inconsistent"


def test_a_signed_checkpoint_below_the_store_that_ends_in_no_block(rig: Rig) -> None:
    """The tree is the same one; but a checkpoint states nothing of the state unless it ends in a block."""
    from tallystick.ledger import Checkpoint

    size = rig.mirror.follow() - 1
    with rig.world.reader.open() as snapshot:
        root = snapshot.root_at(size)
    cut = Checkpoint(rig.world.origin, size, root).sign(rig.world.ledger.signer.key.private)
    with pytest.raises(MirrorRefuses, match="is no block") as error:
        rig.mirror.follow(cut.encode())
    assert (error.value.index, error.value.rule) == (size - 1, "checkpoint-block")
