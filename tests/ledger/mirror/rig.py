"""A mirror beside a small log, in one process: what the operator would answer over HTTP comes from its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.ledger.world import World

from tallystick.identity import Directory
from tallystick.ledger import Checker, PrivateKey, Reader, Store, auditor_reader, tiles
from tallystick.ledger.mirror import Again, Following, Mirror, Refusals
from tallystick.ledger.mirror.stretch import write_stretch


@dataclass
class FromWorld:
    """The log as `reader` gets it; `change` may spoil a stretch on its way."""

    world: World
    reader: Reader = auditor_reader
    entries_max: int = 4096
    change: Callable[[bytes], bytes] = lambda data: data
    asked: list[tuple[int, int]] = field(default_factory=list)

    def newest(self) -> str | None:
        with self.world.reader.open() as snapshot:
            found = snapshot.checkpoint()
        return found[1] if found else None

    def final(self) -> str | None:
        with self.world.reader.open() as snapshot:
            found = snapshot.published_checkpoint()
        return found[1] if found else None

    def stretch(self, first: int, end: int) -> bytes:
        self.asked.append((first, end))
        with self.world.reader.open() as snapshot:
            end = min(end, snapshot.size(), first + self.entries_max)
            return self.change(write_stretch(snapshot.disclosed(first, end, self.reader)))

    def tile(self, path: str) -> bytes:
        level, n, width = tiles.parse_path(path.removeprefix("tile/"))
        with self.world.reader.open() as snapshot:
            return snapshot.tile(int(level), n, width)

    def consistency(self, first: int, second: int) -> list[bytes]:
        with self.world.reader.open() as snapshot:
            return snapshot.consistency(first, second)


class Rig:
    """`mirror` follows `world` into the store at `url`; nothing runs by itself."""

    def __init__(self, world: World, url: str, folder: Path) -> None:
        self.world = world
        self.source = FromWorld(world)
        self.store = Store(url)
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
