"""Every way to spoil an export has its name, with the sums left as they were or made to fit."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.export.folders import (
    Spoilt,
    audited,
    copy_of,
    filled,
    imported,
    names,
    resum,
    rows,
    write,
)
from tests.ledger.world import World, a_vault, key, log, rules_with_notes

from tallystick.ledger import Checkpoint, NotSound, Store, TallystickError, export
from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.merkle import leaf_hash

changed_min = 100
Change = Callable[[Spoilt], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """One log and its export, shared: tests change copies."""
    place = tmp_path_factory.mktemp("export")
    world = World(f"sqlite:///{place / 'a.sqlite'}", place / "home", rules=rules_with_notes())
    world.populate()
    filled(world, 260)
    write(world, place / "x")
    return world, place / "x"


def _cut(name: str) -> Change:
    return lambda s: s.change(name, (s.folder / name).read_bytes()[:-1])


def _more(name: str) -> Change:
    return lambda s: s.change(name, (s.folder / name).read_bytes() + b"\0")


def _put(name: str, at: int, data: bytes) -> Change:
    def change(spoilt: Spoilt) -> None:
        found = bytearray((spoilt.folder / name).read_bytes())
        found[at : at + len(data)] = data
        spoilt.change(name, bytes(found))

    return change


def _without(name: str) -> Change:
    def change(spoilt: Spoilt) -> None:
        (spoilt.folder / name).unlink()
        resum(spoilt.folder)

    return change


def _swap(one: str, two: str) -> Change:
    def change(spoilt: Spoilt) -> None:
        first, second = (spoilt.folder / name for name in (one, two))
        kept = first.read_bytes()
        first.write_bytes(second.read_bytes())
        spoilt.change(two, kept)

    return change


def _link(name: str) -> Change:
    def change(spoilt: Spoilt) -> None:
        path = spoilt.folder / name
        path.rename(spoilt.folder / "elsewhere")
        path.symlink_to(spoilt.folder / "elsewhere")

    return change


def _line(line: str) -> Change:
    def change(spoilt: Spoilt) -> None:
        sums = spoilt.folder / "SHA256SUMS"
        sums.write_text(sums.read_text() + line + "\n")

    return change


def _fifo(spoilt: Spoilt) -> None:
    (spoilt.folder / "bodies/000").unlink()
    os.mkfifo(spoilt.folder / "bodies/000")


def _twice(spoilt: Spoilt) -> None:
    sums = spoilt.folder / "SHA256SUMS"
    sums.write_text(sums.read_text() + sums.read_text().splitlines()[0] + "\n")


zeros = "0" * 64
last = "35"
cases: list[tuple[str, Change, type[TallystickError]]] = [
    ("tile cut", _cut("tile/0/000"), export.ExportTreeDiffers),
    ("tile longer", _more(f"tile/0/001.p/{last}"), export.ExportTreeDiffers),
    ("tile too long", _more("tile/0/000"), export.ExportChanged),
    ("tile changed", _put("tile/0/000", 40, b"\1\2\3\4"), export.ExportTreeDiffers),
    ("upper tile changed", _put("tile/1/000.p/1", 0, b"\1\2\3\4"), export.ExportTreeDiffers),
    ("tile missing", _without("tile/1/000.p/1"), export.ExportMissing),
    ("tiles swapped", _swap("tile/0/000", f"tile/0/001.p/{last}"), export.ExportTreeDiffers),
    ("bundle cut", _cut("tile/entries/000"), export.ExportRecordRefused),
    ("bundle longer", _more("tile/entries/000"), export.ExportRecordRefused),
    ("bundle length", _put("tile/entries/000", 0, b"\xff\xff"), export.ExportRecordRefused),
    ("bundle changed", _put("tile/entries/000", 50, b"\1"), export.ExportTreeDiffers),
    ("bundle missing", _without("tile/entries/000"), export.ExportMissing),
    ("bundles swapped", _swap("tile/entries/000", f"tile/entries/001.p/{last}"),
     export.ExportRecordRefused),
    ("bodies cut", _cut("bodies/000"), export.ExportRecordRefused),
    ("bodies longer", _more("bodies/000"), export.ExportRecordRefused),
    ("body of huge length", _put("bodies/000", 0, b"\xff\xff\xff\xfe"), export.ExportRecordRefused),
    ("body length", _put("bodies/000", 0, b"\0\0\0\x1f"), export.ExportRecordRefused),
    ("body withheld", _put("bodies/000", 0, b"\0\0\0\0"), export.ExportPartial),
    ("body erased", _put("bodies/000", 0, b"\xff\xff\xff\xff"), export.ExportPartial),
    ("body changed", _put("bodies/000", 60, b"\1"), NotSound),
    ("bodies missing", _without("bodies/000"), export.ExportMissing),
    ("attachments cut", _cut("attachments/000"), export.ExportRecordRefused),
    ("attachments longer", _more("attachments/000"), export.ExportRecordRefused),
    ("attachments of huge count", _put("attachments/000", 0, b"\xff\xff\xff\xff"),
     export.ExportRecordRefused),
    ("attachment that nobody named", _put("attachments/000", 0, b"\0\0\0\1"),
     export.ExportRecordRefused),
    ("attachments missing", _without("attachments/000"), export.ExportMissing),
    ("checkpoints cut", _cut("checkpoints/000.p/4"), export.ExportRecordRefused),
    ("a checkpoint changed", _put("checkpoints/000.p/4", 60, b"\1"), export.ExportRecordRefused),
    ("a checkpoint's signature changed", _put("checkpoints/000.p/4", 190, b"AA"), NotSound),
    ("checkpoints missing", _without("checkpoints/000.p/4"), export.ExportTreeDiffers),
    ("checkpoint cut", _cut("checkpoint"), CheckpointRefused),
    ("checkpoint changed", _put("checkpoint", 30, b"9"), CheckpointRefused),
    ("checkpoint no text", _put("checkpoint", 0, b"\xff\xfe"), CheckpointRefused),
    ("checkpoint huge", lambda s: s.change("checkpoint", b"x" * 200_000), export.ExportChanged),
    ("policy changed", _more("policy"), export.ExportRecordRefused),
    ("policy of another", lambda s: s.change("policy", b"quorum none\n"),
     export.ExportRecordRefused),
    ("policy weakened", lambda s: s.change(
        "policy", b"# fine\n" + (s.folder / "policy").read_bytes()), NotSound),
    ("about no JSON", lambda s: s.change("export.json", b"[" * 30_000), export.ExportRecordRefused),
    ("about of another version", lambda s: s.change(
        "export.json", (s.folder / "export.json").read_bytes().replace(b'"export": 1', b'"export": 2')),
     export.ExportRecordRefused),
    ("a link", _link("bodies/000"), export.ExportPathRefused),
    ("a folder that is a link", _link("tile"), export.ExportPathRefused),
    ("a pipe", _fifo, export.ExportPathRefused),
    ("a path upwards", _line(f"{zeros}  ../../etc/passwd"), export.ExportSumsRefused),
    ("a path from the root", _line(f"{zeros}  /etc/passwd"), export.ExportSumsRefused),
    ("a path upwards inside", _line(f"{zeros}  bodies/../policy"), export.ExportSumsRefused),
    ("a stranger's file", _line(f"{zeros}  letter.txt"), export.ExportSumsRefused),
    ("a line twice", _twice, export.ExportSumsRefused),
    ("sums no hash", _line("zz  policy"), export.ExportSumsRefused),
    ("sums cut", lambda s: (s.folder / "SHA256SUMS").write_bytes(  # type: ignore[func-returns-value]
        (s.folder / "SHA256SUMS").read_bytes()[:-1]), export.ExportSumsRefused),
    ("sums missing", lambda s: (s.folder / "SHA256SUMS").unlink(), export.ExportMissing),
    ("checkpoint missing", lambda s: (s.folder / "checkpoint").unlink(), export.ExportMissing),
    ("a listed file missing", lambda s: (s.folder / "bodies/000").unlink(), export.ExportMissing),
    ("sums left as they were", lambda s: (s.folder / "README.md").write_text("x"),
     export.ExportChanged),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "error"), cases, ids=[case[0] for case in cases])
def test_a_damaged_export_is_named(
    made: tuple[World, Path],
    tmp_path: Path,
    what: str,
    change: Change,
    error: type[TallystickError],
) -> None:
    world, folder = made
    with copy_of(folder, tmp_path / "y") as spoilt:
        change(spoilt)
        with pytest.raises(TallystickError) as found:
            audited(world, spoilt.folder)
        assert type(found.value) is error, (what, found.value.diagnosis())
        assert found.value.advice


def test_a_whole_export_with_an_entry_changed_is_refused(
    made: tuple[World, Path], tmp_path: Path
) -> None:
    """With tile, tree and sums made to fit, the log's signature still convicts it."""
    world, folder = made
    with copy_of(folder, tmp_path / "y") as spoilt:
        bundle = bytearray((folder / "tile/entries/000").read_bytes())
        size = int.from_bytes(bundle[:2], "big")
        bundle[100] ^= 1
        tile = bytearray((folder / "tile/0/000").read_bytes())
        tile[:32] = leaf_hash(bytes(bundle[2 : 2 + size]))
        (spoilt.folder / "tile/0/000").write_bytes(tile)
        spoilt.change("tile/entries/000", bytes(bundle))
        with pytest.raises(NotSound, match="index 0"):
            audited(world, spoilt.folder)


def test_a_root_that_the_real_key_signed_over_other_entries(
    made: tuple[World, Path], tmp_path: Path
) -> None:
    world, folder = made
    with copy_of(folder, tmp_path / "y") as spoilt:
        size = audited(world, folder).size
        note = Checkpoint(world.origin, size, bytes(32)).sign(key(f"300:{log}").private).encode()
        notes = (folder / "checkpoints/000.p/4").read_bytes()
        old = (folder / "checkpoint").read_bytes()
        (spoilt.folder / "checkpoint").write_text(note)
        spoilt.change("checkpoints/000.p/4", notes.replace(old, note.encode()))
        with pytest.raises(export.ExportTreeDiffers, match="root at size"):
            audited(world, spoilt.folder)


def test_an_attachment_left_out_unsaid_is_refused(made: tuple[World, Path], tmp_path: Path) -> None:
    world, folder = made
    with copy_of(folder, tmp_path / "y") as spoilt:
        data = (folder / "attachments/000").read_bytes()
        at = data.index(b"a photograph") - 40
        assert data[at : at + 4] == b"\0\0\0\1"
        spoilt.change("attachments/000", data[:at] + bytes(4) + data[at + 52 :])
        with pytest.raises(export.ExportRecordRefused, match="left out"):
            audited(world, spoilt.folder)


def test_flipped_bits_are_refused_or_change_nothing(
    made: tuple[World, Path], tmp_path: Path
) -> None:
    """Import either refuses and leaves the store empty, or gives the very same store."""
    world, folder = made
    whole, files = rows(world.store), names(folder)
    stores = [_empty(tmp_path / "0.sqlite")]
    tried = {"refused": 0, "equal": 0}

    @settings(suppress_health_check=list(HealthCheck), database=None)
    @given(
        name=st.sampled_from(sorted(files)),
        place=st.integers(0, 2**32),
        bit=st.integers(0, 7),
        fitting=st.booleans(),
    )
    def flip(name: str, place: int, bit: int, fitting: bool) -> None:
        data = bytearray(files[name])
        data[place % len(data)] ^= 1 << bit
        with copy_of(folder, tmp_path / "y") as spoilt:
            (spoilt.folder / name).write_bytes(data)
            if fitting and name != "SHA256SUMS":
                resum(spoilt.folder)
            try:
                imported(spoilt.folder, stores[-1])
            except TallystickError:
                tried["refused"] += 1
                assert all(not found for found in rows(stores[-1]).values())
                return
        tried["equal"] += 1
        assert rows(stores[-1]) == whole
        stores[-1].close()
        stores.append(_empty(tmp_path / f"{len(stores)}.sqlite"))

    rng = random.Random(8)
    for name in files:
        for _ in range(3):
            flip.hypothesis.inner_test(name, rng.randrange(10**6), rng.randrange(8), True)  # type: ignore[attr-defined]
    flip()
    print(f"flipped: {tried}")
    assert tried["refused"] + tried["equal"] >= changed_min * 0.8
    assert tried["refused"] > tried["equal"]


def _empty(path: Path) -> Store:
    store = Store(f"sqlite:///{path}", vault=a_vault)
    store.migrate()
    return store
