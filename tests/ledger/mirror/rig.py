"""A mirror beside a small log, in one process: what the operator would answer over HTTP comes from its store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.ledger.world import World, a_vault

from tallystick.identity import Directory
from tallystick.ledger import Checker, PrivateKey, Reader, Store, auditor_reader
from tallystick.ledger.mirror import Again, Following, Mirror, Refusals, Span, StoreSource


class FromWorld(StoreSource):
    """The log as `reader` gets it; `change` may spoil a stretch on its way."""

    def __init__(self, world: World, reader: Reader = auditor_reader) -> None:
        super().__init__(world.reader, reader)
        self.change: Callable[[bytes], bytes] = lambda data: data
        self.asked: list[tuple[int, int]] = []

    def stretch(self, first: int, end: int) -> bytes:
        self.asked.append((first, end))
        return self.change(super().stretch(first, end))


class Rig:
    """`mirror` follows `world` into the store at `url`; nothing runs by itself."""

    def __init__(self, world: World, url: str, folder: Path) -> None:
        self.world = world
        self.source = FromWorld(world)
        self.store = Store(url, vault=a_vault)
        self.store.migrate()
        self.folder = folder
        self.refusals = Refusals(folder)
        self.key = PrivateKey.generate()
        self.verifier = world.ledger.signer.verifier
        self.mirror = self.open()

    def open(self) -> Mirror:
        """As after a restart."""
        self.again = Again(self.store, self.world.rules, Directory(), Checker())
        self.following = Following(self.again, self.source, self.verifier)
        return Mirror(self.following, self.source, self.verifier, self.refusals, self.world.clock)

    def grow(self, count: int) -> int:
        """So many more entries in the log, sealed; its size."""
        with self.world.reader.open() as snapshot:
            start = snapshot.size()
        self.world.append(self.world.mint(count, start))
        self.world.ledger.seal()
        return self.world.memory.load()[0]


def follow(world: World, restored: Store) -> None:
    """What a restored backup lacks comes from the log, as to a mirror."""
    again = Again(restored, world.rules, Directory(), Checker())
    source = StoreSource(world.reader, auditor_reader)
    verifier = world.ledger.signer.verifier
    newest = source.newest()
    assert newest is not None
    Following(again, source, verifier).follow(newest, Span())
