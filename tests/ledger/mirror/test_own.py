"""An organisation's own mirror: all leaf hashes, its own entries, and no word about what it could not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.mirror.rig import FromWorld, Rig
from tests.ledger.world import NoteBody, World, a_vault, core, rules_with_notes, supplier

from tallystick.ledger import (
    Author,
    Checker,
    Checkpoint,
    PrivateKey,
    Reader,
    SigningKey,
    Store,
    merkle,
    tiles,
)
from tallystick.ledger.mirror import (
    MirrorLacksBody,
    MirrorRefuses,
    OperatorAnswerRefused,
    OwnFollowing,
    Span,
)
from tallystick.ledger.note import Verifier


class Own:
    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.source = FromWorld(world, Reader.party(core))
        self.store = Store(url, vault=a_vault)
        self.store.migrate()
        self.following = self.open()

    def open(self) -> OwnFollowing:
        log = self.world.ledger.signer.verifier
        return OwnFollowing(self.store, self.world.rules, Checker(), self.source, log, core)

    def follow(self) -> Checkpoint:
        note = self.source.newest()
        assert note is not None
        return self.following.follow(note, Span())


@pytest.fixture
def own(tmp_path: Path, database_url: str) -> Own:
    world = World(f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "home", rules_with_notes())
    world.populate()
    return Own(world, database_url)


def write(own: Own, *who: str) -> list[int]:
    written = [own.world.add(one, "test.note/1", NoteBody(text=f"by {one}")).index for one in who]
    own.world.ledger.seal()
    return written


def test_it_holds_every_hash_and_its_own_entries(own: Own) -> None:
    mine, theirs = write(own, core, supplier)
    own.source.entries_max = 7
    first = own.follow()
    own.following = own.open()
    more = write(own, supplier, core)
    checkpoint = own.follow()
    assert checkpoint.size > first.size
    with own.store.read() as transaction:
        held = [row.index for row in transaction.entries(0, checkpoint.size)]
        bodies = transaction.count_bodies(checkpoint.size)
        root = merkle.tree_root(tiles.node_reader(transaction.tile), checkpoint.size)
    assert root == checkpoint.root
    assert {mine, more[1]} <= set(held)
    assert not {theirs, more[0]} & set(held)
    assert bodies == len(held) < checkpoint.size


def test_a_body_that_is_kept_from_it_is_named(own: Own) -> None:
    (mine,) = write(own, core)

    def gone(data: bytes) -> bytes:
        return data.replace(b"by " + core.encode(), b"by " + core[::-1].encode())

    own.source.change = gone
    with pytest.raises(MirrorLacksBody, match=f"entry {mine} is not the one that was signed"):
        own.follow()


def test_leaves_of_another_tree_are_not_taken(own: Own) -> None:
    write(own, core)
    own.source.change = lambda data: data.replace(b'"payloadType"', b'"payloadTypo"', 1)
    with pytest.raises(OperatorAnswerRefused, match="are not those of checkpoint"):
        own.follow()
    assert own.following.size() == 0


def test_an_entry_signed_by_nobody_it_knows(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator appends an entry of ours with a key that nobody registered, and signs the tree."""
    write(own, core)
    own.follow()
    strange = PrivateKey.generate()
    signing = SigningKey(f"300:{core}", strange)
    forged = Author(own.world.origin, core, signing, own.world.clock, own.world.random)
    entry = forged.write("test.note/1", NoteBody(text="never said"))
    honest = own.world.ledger.directory

    class Admits:
        def __getattr__(self, name: str) -> object:
            return getattr(honest, name)

        def key(self, state: object, reference: str) -> object:
            found = honest.key(state, reference)  # type: ignore[arg-type]
            same = found is not None and reference == f"300:{core}"
            return replace(found, public=strange.public) if found and same else found

    own.world.ledger.directory = Admits()  # type: ignore[assignment]
    own.world.ledger._materials.clear()
    (answer,) = own.world.ledger.append([entry])
    assert answer.accepted, answer
    own.world.ledger.seal()
    with pytest.raises(MirrorRefuses) as error:
        own.follow()
    assert (error.value.index, error.value.rule) == (answer.index, "signature-invalid")


def test_a_fork_of_what_it_holds(own: Own) -> None:
    write(own, core)
    held = own.follow()
    log = own.world.ledger.signer
    fork = Checkpoint(log.origin, held.size - 1, bytes(32)).sign(log.key.private)
    with pytest.raises(MirrorRefuses, match="with another root"):
        own.following.follow(fork.encode(), Span())


def test_both_kinds_stand_beside_each_other(rig: Rig, tmp_path: Path) -> None:
    """The full mirror and an own one come to the same tree."""
    own = Own(rig.world, f"sqlite:///{tmp_path / 'own.sqlite'}")
    write(own, core, supplier)
    assert own.follow().size == rig.mirror.follow()
    assert isinstance(own.following.verifier, Verifier)
