"""Files of real SQLite as a crash or a bad disk leaves them: cut, reordered and flipped, then opened and audited.

After each commit of a run the database file and its WAL are copied. SQLite with `synchronous=FULL` writes the
frames of a commit and syncs the WAL; then, now and then, it copies pages into the database file and syncs
that. So between two copies it is known what was synced and what was under way:

- a *crash* keeps all that was synced; of what was under way, any 512-byte sectors, and any length;
- a *bad disk* changes what was synced: bits flip, pages and frames are swapped, files are cut.

After a crash all that was acknowledged is there, and the log goes on. After damage it is there too, or somebody
says by name what is wrong. One thing nobody on this machine can know: entries that were acknowledged and not
yet sealed, lost together with the end of a WAL that the disk had confirmed. Their receipts name them.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from tests.ledger.world import NoteBody, Seeded, World, a_vault, core, key, log, rules_with_notes
from tests.simulator import parts
from tests.simulator.chance import Violation

from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    FileMemory,
    Ledger,
    LogSigner,
    SetClock,
    Store,
    TallystickError,
    audit,
)
from tallystick.ledger.store import Transaction

sector = 512
frame = 24 + 4096
wal_header = 32
checkpoint_pages = 12
commits = 40
images_per_run = 200
origin = "log.example/tests/simulated"
#: What opening a damaged file may raise by its own name, where the store does not name it yet.
raw_errors = () if parts.has_erasure else (sqlite3.DatabaseError, DBAPIError)


@dataclass(frozen=True)
class Point:
    """Both files as they were after a commit; `size` and `root` as the signer remembered them meanwhile."""

    db: bytes
    wal: bytes
    acknowledged: tuple[tuple[int, str], ...]
    size: int
    root: bytes


@dataclass
class Recorder:
    """A store whose files are copied after each commit."""

    path: Path
    world: World
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    def watch(self) -> None:
        store = self.world.store
        store.engine.dispose()
        event.listen(store.engine, "connect", _checkpoint_often)
        write = store.write

        @contextmanager
        def writing() -> Iterator[Transaction]:
            size, root = self.world.memory.load()
            told = tuple(self.acknowledged)
            with write() as transaction:
                yield transaction
            wal = self.path.with_name(self.path.name + "-wal")
            self.points.append(Point(self.path.read_bytes(), wal.read_bytes(), told, size, root))

        store.write = writing  # type: ignore[method-assign]


@dataclass(frozen=True)
class Image:
    """Files as they are found, what must be in them, and how they came to be so."""

    kind: str
    db: bytes
    wal: bytes
    point: Point
    legal: bool


def recorded(folder: Path, seed: int) -> list[Point]:
    """The points of a run of its own."""
    path = folder / "log.sqlite"
    world = World(f"sqlite:///{path}", folder / "home", rules=rules_with_notes())
    world.populate()
    scanner = world.add_device(core, "99.100.1/scanner-9")
    world.ledger.seal()
    recorder = Recorder(path, world)
    with world.reader.open() as snapshot:
        rows = [snapshot.row(index) for index in range(snapshot.size())]
    recorder.acknowledged += [(row.index, row.leaf_hash.hex()) for row in rows]
    recorder.watch()
    rng, minted = random.Random(seed), 0
    while len(recorder.points) < commits:
        world.clock.advance(rng.randrange(100, 900))
        said = world.mint(rng.randrange(1, 4), start=minted)
        minted += len(said)
        said += [scanner.write("test.note/1", NoteBody(text=rng.choice(("a", "refuse"))))]
        answers = world.ledger.append(said)
        recorder.acknowledged += [(one.index, one.leaf_hash) for one in answers]
        if rng.randrange(2):
            world.ledger.seal()
    points = list(recorder.points)
    del world.store.write  # type: ignore[attr-defined]
    world.store.close()
    return points


def crash(points: list[Point], rng: random.Random) -> Image:
    """Power fails while a commit is under way."""
    at = rng.randrange(1, len(points))
    before, after = points[at - 1], points[at]
    if before.db != after.db and rng.randrange(2):
        db = _mixed(before.db, after.db, rng)
        return Image("crash while pages are copied", db, after.wal, after, legal=True)
    wal = _mixed(before.wal, after.wal, rng)
    if len(wal) > len(before.wal):
        wal = wal[: rng.randrange(len(before.wal), len(wal) + 1)]
    return Image("crash while frames are written", before.db, wal, after, legal=True)


def damage(points: list[Point], rng: random.Random) -> Image:
    """What was synced is another thing afterwards. Only where all that was acknowledged is signed."""
    sealed = [one for one in points if one.acknowledged and one.acknowledged[-1][0] < one.size]
    point = rng.choice(sealed)
    kind = rng.choice(("bits of the database", "bits of the WAL", "pages swapped", "frames swapped",
                       "database cut", "WAL cut"))  # fmt: skip
    db, wal = bytearray(point.db), bytearray(point.wal)
    if kind == "pages swapped":
        _swap(db, 0, 4096, rng)
    elif kind == "frames swapped":
        _swap(wal, wal_header, frame, rng)
    elif kind == "database cut":
        del db[rng.randrange(len(db)) :]
    elif kind == "WAL cut":
        del wal[rng.randrange(len(wal)) :]
    else:
        data = db if "database" in kind else wal
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return Image(kind, bytes(db), bytes(wal), point, legal=False)


def judge(image: Image, folder: Path) -> str:
    """`whole`, or the code of what was found; raises `Violation` for what is silently wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "log.sqlite"
    path.write_bytes(image.db)
    path.with_name(path.name + "-wal").write_bytes(image.wal)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    try:
        _start(path, folder, image)
    except TallystickError as error:
        if image.legal:
            raise Violation(f"{image.kind}: {error.code}: {error.detail}") from None
        return error.code
    except raw_errors as error:
        if image.legal:
            raise Violation(f"{image.kind}: {error}") from None
        return "not-a-database"
    return "whole"


def _start(path: Path, folder: Path, image: Image) -> None:
    """Open, start, look for what was acknowledged, audit, and go on."""
    url = f"sqlite:///{path}"
    store = Store(url, vault=a_vault)
    try:
        check = getattr(store, "check_integrity", None)
        if check is not None:
            check(whole=True)
        memory = FileMemory(folder / "last.json")
        memory.save(image.point.size, image.point.root)
        rules = rules_with_notes()
        ledger = Ledger(
            store,
            rules,
            Directory(),
            LogSigner(origin, key(f"300:{log}"), memory),
            key(f"301:{log}"),
            SetClock("2026-01-06T01:00:00.000Z"),
            Checker(),
            Seeded("after the crash"),
        )
        ledger.open()
        lost = _lost(store, image.point)
        told = audit(store, rules, Directory(), Checker(), memory=memory)
        if lost:
            raise Violation(f"{image.kind}: {lost} is lost, and nobody says so")
        ledger.seal(force=True)
        again = audit(store, rules, Directory(), Checker(), memory=memory)
        if again.size <= told.size:
            raise Violation(f"{image.kind}: the log does not go on")
    finally:
        store.close()


def _lost(store: Store, point: Point) -> str:
    """The first acknowledged entry that is not there; empty if all are."""
    with store.read() as transaction:
        there = {row.index: row.leaf_hash.hex() for row in transaction.entries(0, 1 << 20)}
    for index, leaf_hash in point.acknowledged:
        if there.get(index) != leaf_hash:
            return f"entry {index}"
    return ""


def _mixed(before: bytes, after: bytes, rng: random.Random) -> bytes:
    """Each sector as it was, or as it was to be; what was never written is zeros."""
    out = bytearray(max(len(before), len(after)))
    share = rng.choice((10, 50, 90))
    for at in range(0, len(out), sector):
        source = after if rng.randrange(100) < share else before
        part = source[at : at + sector]
        out[at : at + len(part)] = part
    return bytes(out)


def _swap(data: bytearray, start: int, size: int, rng: random.Random) -> None:
    count = (len(data) - start) // size
    if count < 2:
        return
    one, other = (start + size * n for n in rng.sample(range(count), 2))
    data[one : one + size], data[other : other + size] = (
        data[other : other + size],
        data[one : one + size],
    )


def _checkpoint_often(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA wal_autocheckpoint={checkpoint_pages}")


def look(first: int, images: int, folder: Path) -> Counter[str]:
    """Judge so many images, every other one of a crash; counts by kind and verdict. Raises `Violation`."""
    found: Counter[str] = Counter()
    points = recorded(folder / "run", first // images_per_run)
    for number in range(first, first + images):
        if number % images_per_run == 0 and number > first:
            shutil.rmtree(folder / "run")
            points = recorded(folder / "run", number // images_per_run)
        rng = random.Random(f"image/{number}")
        image = (damage if number % 2 else crash)(points, rng)
        try:
            verdict = judge(image, folder / "image")
        except Violation as error:
            replay = f"python -m tests.simulator --images 1 --from {number}"
            raise Violation(f"image {number}: {error}\nreplay: {replay}") from None
        found[f"{image.kind}: {verdict}"] += 1
        shutil.rmtree(folder / "image")
    return found
