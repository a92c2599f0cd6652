"""What every run starts from: a log with organisations, devices and keys, and its mirror, made once a process."""

from __future__ import annotations

import os
import pickle
import sqlite3
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.ledger.world import World, core, rules_with_notes, supplier

from tallystick.identity import Directory
from tallystick.ledger import Checker, PrivateKey, Store, auditor_reader
from tallystick.ledger.mirror import Again, Following, Span, StoreSource
from tallystick.ledger.witness import Cosigner

origin = "log.example/simulator"
start = "2026-01-05T01:00:00.000Z"
#: Three witnesses and the mirror; three of the four suffice, so that one may lie.
plain = ("w0", "w1", "w2")
mirror_name = "m0"
names = (*plain, mirror_name)
quorum = 3
devices = tuple(f"99.100.1/scanner-{n}" for n in (7, 8, 9))
own_keys = tuple(f"{n}:{core}" for n in (301, 302, 303, 304))
#: So many leaves that a run crosses the end of the first tile.
leaves_large = 236


@dataclass(frozen=True, slots=True)
class Template:
    """Images of both databases, and what the signer remembers."""

    log: bytes
    mirror: bytes
    size: int
    root: bytes
    empty: bytes


def witness_key(name: str) -> PrivateKey:
    return PrivateKey.from_seed(name.encode().ljust(32, b"."))


def policy_text() -> str:
    lines = [
        f"witness {name} {Cosigner(name, witness_key(name).public).encode()} http://{name}/"
        for name in names
    ]
    lines += [f"group enough {quorum} {' '.join(names)}", "quorum enough"]
    return "\n".join(lines) + "\n"


@cache
def template(*, large: bool) -> Template:
    given = os.environ.get("TALLYSTICK_SIMULATOR_TEMPLATE")
    if given:
        kept: dict[bool, Template] = pickle.loads(Path(given).read_bytes())
        return kept[large]
    return _made(large=large)


def _made(*, large: bool) -> Template:
    with tempfile.TemporaryDirectory(prefix="tallystick-simulator-") as folder:
        path = Path(folder)
        world = World(
            f"sqlite:///{path / 'log.sqlite'}",
            path / "home",
            rules=rules_with_notes(),
            origin=origin,
            policy=policy_text(),
        )
        world.populate()
        for device in devices:
            world.add_device(core, device)
        for reference in own_keys:
            world.add_key(core, core, index=int(reference.partition(":")[0]))
        world.add_key(supplier, supplier, index=301)
        if large:
            with world.reader.open() as snapshot:
                count = leaves_large - snapshot.size()
            world.append(world.mint(count, start=900_000))
        world.ledger.seal()
        size, root = world.memory.load()
        empty = Store(f"sqlite:///{path / 'empty.sqlite'}", vault=world.store.vault)
        empty.migrate()
        mirror = Store(f"sqlite:///{path / 'mirror.sqlite'}", vault=world.store.vault)
        mirror.migrate()
        again = Again(mirror, world.rules, Directory(), Checker())
        source = StoreSource(world.reader, auditor_reader)
        note = source.newest()
        if note is None:
            raise RuntimeError("the template has no checkpoint")
        Following(again, source, world.ledger.signer.verifier).follow(note, Span())
        for store in (world.store, mirror, empty):
            store.close()
        images = [_image(path / f"{name}.sqlite") for name in ("log", "mirror", "empty")]
    return Template(images[0], images[1], size, root, images[2])


def _image(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    return path.read_bytes()
