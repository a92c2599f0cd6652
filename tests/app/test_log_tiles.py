"""`tallystick log tile|bundle|cosignature`: what a stranger fetched, printed or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from tests.app.witness.test_commands import refused, run
from tests.ledger.witness.history import History, cosigner, key
from tests.ledger.world import World

from tallystick.app import log_files_cli, log_tiles_cli
from tallystick.ledger import merkle, tiles, witness

w1, w2 = "witness.example/w1", "witness.example/w2"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log_files_cli, log_tiles_cli):
        monkeypatch.setattr(module, "console", Console(width=300))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a log of some 330 entries serves."""
    folder: Path = tmp_path_factory.mktemp("tiles")
    world = World(f"sqlite:///{folder / 'log.sqlite3'}", folder / "home")
    world.populate()
    world.ledger.append(world.mint(300))
    world.ledger.seal()
    size = world.memory.load()[0]
    with world.reader.open() as snapshot:
        rows = [snapshot.row(index) for index in range(size)]
        (folder / "full").write_bytes(snapshot.tile(0, 0, 256))
        (folder / "partial").write_bytes(snapshot.tile(0, 1, size - 256))
        (folder / "above").write_bytes(snapshot.tile(1, 0, 1))
    leaves = [len(row.leaf).to_bytes(2, "big") + row.leaf for row in rows]
    (folder / "entries").write_bytes(b"".join(leaves[256:]))
    (folder / "width").write_text(str(size - 256))
    return folder


def write(folder: Path, data: bytes) -> Path:
    path = folder / "given"
    path.write_bytes(data)
    return path


def test_a_tile_is_printed_with_what_it_is_over(files: Path) -> None:
    hashes = (files / "full").read_bytes()
    root = merkle.subtree_root(hashes)
    assert (files / "above").read_bytes() == root
    shown = run("log", "tile", files / "full").stdout
    assert f"root of the tile: {root.hex()}" in shown
    assert hashes[-32:].hex() in shown
    above = run("log", "tile", files / "above", "--path", "tile/1/000.p/1").stdout
    assert "1 hashes, a partial tile" in above
    assert "0 to 255" in above
    width = (files / "width").read_text()
    partial = run("log", "tile", files / "partial", "--path", f"tile/0/001.p/{width}").stdout
    assert " 256 " in partial


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        (b"", "", "tile-refused"),
        (bytes(31), "", "tile-refused"),
        (bytes(33), "", "tile-refused"),
        (bytes(257 * 32), "", "tile-refused"),
        (bytes(64), "tile/0/000.p/3", "tile-path-refused"),
        (bytes(64), "tile/0/000", "tile-path-refused"),
        (bytes(64), "tile/0/0.p/2", "tile-path-refused"),
        (bytes(64), "tile/entries/000.p/2", "tile-path-refused"),
        (bytes(64), "tile/64/000.p/2", "tile-path-refused"),
        (bytes(64), "nonsense", "tile-path-refused"),
    ],
)
def test_what_is_no_tile_is_named(tmp_path: Path, data: bytes, path: str, code: str) -> None:
    assert refused("log", "tile", write(tmp_path, data), "--path", path).code == code


def test_a_bundle_is_printed_and_held_against_its_tile(files: Path) -> None:
    width = (files / "width").read_text()
    given = ("log", "bundle", files / "entries", "--path", f"tile/entries/001.p/{width}")
    shown = run(*given, "--tile", files / "partial")
    assert shown.exit_code == 0
    assert "identity.handle.create/1" in shown.stdout
    assert f"All {width} entries have the hashes of the tile." in shown.stdout
    assert "256" in shown.stdout
    wrong = refused(*given, "--tile", files / "full")
    assert (wrong.code, "position 0" in wrong.detail) == ("entry-bundle-refused", True)
    few = refused(*given, "--tile", files / "above")
    assert (few.code, "the tile has 1 hashes" in few.detail) == ("entry-bundle-refused", True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "entry-bundle-refused"),
        (lambda data: data[:-1], "entry-bundle-refused"),
        (lambda data: data + b"\0", "entry-bundle-refused"),
        (lambda data: b"\0\0" + data, "entry-bundle-refused"),
        (lambda data: b"\0\0" * 257, "entry-bundle-refused"),
        (lambda data: data.replace(b"payloadType", b"payloadtype", 1), "entry-bundle-refused"),
        (lambda data: bytes(tiles.width * (2 + 65_535) + 1), "file-unreadable"),
    ],
)
def test_what_is_no_bundle_is_named(files: Path, tmp_path: Path, change, code: str) -> None:  # type: ignore[no-untyped-def]
    data = change((files / "entries").read_bytes())
    assert refused("log", "bundle", write(tmp_path, data)).code == code
    other = refused("log", "bundle", files / "entries", "--path", "tile/0/001")
    assert other.code == "tile-path-refused"
    assert refused("log", "bundle", tmp_path / "nothing").code == "file-unreadable"


def test_a_cosignature_is_printed_beside_its_checkpoint(tmp_path: Path) -> None:
    note = History().note(9)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_text(note.encode())
    lines = [witness.cosign(note.text, name, key(name), 1_772_697_600) for name in (w1, w2)]
    answer = write(tmp_path, "".join(line.line() for line in lines).encode())
    given = ("log", "cosignature", answer, "--checkpoint", checkpoint)
    shown = run(*given, "--key", cosigner(w1).encode()).stdout
    assert "a cosignature at 2026-03-05T08:00:00.000Z" in shown
    assert shown.count("not verified: no key given") == 1
    checkpoint.write_text(History().note(10).encode())
    assert refused(*given, "--key", cosigner(w1).encode()).code == "note-signature-fails"
    for data in (b"", b"nonsense\n", b"x\n\n" + lines[0].line().encode(), answer.read_bytes()[:-1]):
        bad = refused("log", "cosignature", write(tmp_path, data), "--checkpoint", checkpoint)
        assert bad.code == "cosignature-refused"
