"""The verifier page's own tests, and that it is built the same everywhere."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tests import node


def test_the_pages_own_tests(laid_down: Path) -> None:
    """vitest: every shared vector and bundle, and what the page alone does."""
    done = node.run("vitest/vitest.mjs", "run", TALLYSTICK_BUNDLES=str(laid_down))
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def test_two_builds_in_two_folders_are_the_same_bytes(tmp_path: Path) -> None:
    """The second from a copy of the sources elsewhere: no path, time or order of a disk gets in."""
    copy = tmp_path / "elsewhere" / "app" / "verifier"
    shutil.copytree(node.sources, copy, ignore=shutil.ignore_patterns("node_modules", "tests"))
    (copy / "node_modules").symlink_to(node.sources / "node_modules")
    words = node.sources.parent / "tallystick" / "app" / "bundles" / "words.json"
    if words.exists():
        shutil.copytree(words.parent, copy.parent / "tallystick" / "app" / "bundles")
    built = []
    for number, sources in enumerate((node.sources, copy)):
        target = tmp_path / f"built-{number}"
        done = node.run("vite/bin/vite.js", "build", str(sources), "--outDir", str(target))
        assert done.returncode == 0, done.stderr[-3000:]
        built.append({path.name: path.read_bytes() for path in target.iterdir()})
    assert built[0] == built[1]
    assert {"index.html", "verifier.js", "verifier.css", "SHA256SUMS"} <= built[0].keys()
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in built[0].items()}
    listed = dict(
        reversed(line.split("  ")) for line in built[0].pop("SHA256SUMS").decode().splitlines()
    )
    assert listed == {name: sums[name] for name in built[0]}
