"""An exported log, verified by a Go program that knows only `sumdb/tlog` and `note`."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from bench.context import Bench, Scale
from bench.log import batches, bench_log
from tests.conftest import missing_here, soaking
from tests.ledger.world import World, supplier

from tallystick.ledger import Reader, auditor_reader, export

source = Path(__file__).parent / "verify_export"
soak_entries = 100_000
small_entries = 600


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built; Go is optional everywhere, also under CI."""
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{missing_here}go (optional: https://go.dev/dl)")
    folder = tmp_path_factory.mktemp("go")
    shutil.copytree(source, folder / "source")
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    built = subprocess.run(
        [go, "build", "-o", str(folder / "verify"), "."],
        check=False, cwd=folder / "source", env=environment, capture_output=True, text=True,
        timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"{missing_here}golang.org/x/mod for Go: {built.stderr.strip()[-300:]}")
    return folder / "verify"


def verify(program: Path, folder: Path, key: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(program), str(folder), key], check=False, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout


def tiles_of(size: int) -> int:
    """Tiles of hashes in a tree of so many leaves."""
    return (-(-size // 256) + tiles_of(size // 256)) if size else 0


def test_go_verifies_an_export(program: Path, tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    world.ledger.append(world.mint(small_entries))
    world.ledger.seal()
    folder, key = tmp_path / "x", world.ledger.signer.verifier.encode()
    size = export.export_log(world.store, world.rules, folder, auditor_reader).size
    told = f"verified {size} of {size} entries, {tiles_of(size)} tiles, {size} bodies\n"
    assert verify(program, folder, key) == (0, told)
    world.ledger.append(world.mint(300, start=5000))
    world.ledger.seal()
    size = export.export_log(world.store, world.rules, folder, auditor_reader).size
    told = f"verified {size} of {size} entries, {tiles_of(size)} tiles, {size} bodies\n"
    assert verify(program, folder, key) == (0, told)
    one_byte_anywhere(program, folder, key)


def test_go_verifies_what_a_party_was_given(program: Path, tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    world.ledger.append(world.mint(300))
    world.ledger.seal()
    folder, key = tmp_path / "x", world.ledger.signer.verifier.encode()
    reader = Reader.party(supplier)
    size = export.export_log(world.store, world.rules, folder, reader).size
    with world.reader.open() as snapshot:
        found = list(snapshot.disclosed(0, size, reader))
    shown, told = sum(one.in_bulk for one in found), sum(one.body is not None for one in found)
    assert verify(program, folder, key) == (
        0, f"verified {shown} of {size} entries, {tiles_of(size)} tiles, {told} bodies\n"
    )  # fmt: skip
    assert (shown < size) == any((folder / "entries").glob("*"))
    for name in ("bodies/000", "tile/0/000"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert verify(program, folder, key)[0] == 1
        (folder / name).write_bytes(whole)


def one_byte_anywhere(program: Path, folder: Path, key: str) -> None:
    """One changed byte in a tile, an entry bundle, the checkpoint or a body makes it fail."""
    rng = random.Random(12)
    kinds = [
        sorted(path for path in folder.glob(pattern) if path.is_file())
        for pattern in ("tile/[0-9]/**/*", "tile/entries/**/*", "checkpoint", "bodies/**/*")
    ]
    for files in kinds:
        assert files
        for path in rng.sample(files, min(6, len(files))):
            whole = path.read_bytes()
            for place in {0, len(whole) - 1, rng.randrange(len(whole))}:
                path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
                assert verify(program, folder, key)[0] == 1, (path, place)
            path.write_bytes(whole)
    assert verify(program, folder, key)[0] == 0
    assert verify(program, folder, key.replace("+", "x+", 1))[0] == 1


@pytest.mark.slow
def test_go_verifies_an_export_of_100_000_entries(program: Path, tmp_path: Path) -> None:
    """For `./dev soak`: real entries, one in twenty a capture with its document."""
    if not soaking():
        pytest.skip("100,000 entries are for ./dev soak; the small log above is for every run")
    with Bench.run(Scale.chosen(quick=True, long=False)) as bench:
        url = f"sqlite:///{tmp_path / 'log.sqlite'}"
        with bench_log(url, tmp_path / "home", bench.new_pens()) as log:
            log.append(batches(log.captures(soak_entries // 20), 1024))
            log.fill(soak_entries - 1)
            log.ledger.seal(force=True)
            folder, key = tmp_path / "x", log.ledger.signer.verifier.encode()
            size = export.export_log(log.store, log.rules, folder, auditor_reader).size
            assert size >= soak_entries
            told = f"verified {size} of {size} entries, {tiles_of(size)} tiles, {size} bodies\n"
            assert verify(program, folder, key) == (0, told)
            one_byte_anywhere(program, folder, key)
