"""The planted bugs: each patch applied to a copy of the source, which a child process imports in its place."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

bugs_folder = Path(__file__).with_name("bugs")
repository = Path(__file__).resolve().parents[2]
parts = ("app", "ledger", "identity")
#: Within so many seeds from 0 each bug must be found.
seeds_max = 60
template_variable = "TALLYSTICK_SIMULATOR_TEMPLATE"
child_timeout_s = 600


class PatchRefused(AssertionError):
    """The source has moved on from under a planted bug: make its patch anew."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the simulator said; `seed` is the one that failed, None for a clean run."""

    seed: int | None
    said: str


def names() -> list[str]:
    return sorted(path.stem for path in bugs_folder.glob("*.patch"))


@contextmanager
def planted(name: str) -> Iterator[Path]:
    """A folder with a copy of the source in which the bug is; raises `PatchRefused`."""
    with tempfile.TemporaryDirectory(prefix="tallystick-planted-") as folder:
        for part in parts:
            shutil.copytree(
                repository / part / "tallystick",
                Path(folder) / part / "tallystick",
                ignore=shutil.ignore_patterns("__pycache__", "static", "verifier", "locale"),
            )
        apply(bugs_folder / f"{name}.patch", Path(folder))
        yield Path(folder)


def apply(patch: Path, folder: Path) -> None:
    """Wherever its lines are now; raises `PatchRefused`."""
    command = ["git", "apply", "--recount", "-C1", str(patch)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    told = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise PatchRefused(f"{patch.name}: {told.stderr.strip()}")


def hunt(name: str, first: int, seeds: int, template: Path | None = None) -> Found:
    """Simulate with the bug planted, until a seed fails or all are clean."""
    with planted(name) as folder:
        path = os.pathsep.join(str(folder / part) for part in parts)
        environment = {**os.environ, "PYTHONPATH": path}
        if template is not None:
            environment[template_variable] = str(template)
        command = [sys.executable, "-m", "tests.simulator", "--planted-in", str(folder)]
        command += ["--seeds", str(seeds), "--from", str(first)]
        told = subprocess.run(
            command,
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            timeout=child_timeout_s,
            check=False,
        )
    said = told.stdout.strip() or told.stderr.strip()
    failed = [line for line in said.splitlines() if line.startswith("seed ")]
    if told.returncode and not failed:
        raise RuntimeError(f"{name}: the child failed by itself: {told.stderr[-2000:]}")
    return Found(int(failed[0].split()[1].rstrip(":")), failed[0]) if failed else Found(None, said)


def require_planted(folder: str) -> None:
    """That this process runs the copy, and not the source beside it."""
    import tallystick.ledger

    if not Path(tallystick.ledger.__file__).is_relative_to(folder):
        raise RuntimeError(f"{tallystick.ledger.__file__} is not in {folder}")


def keep_templates(path: Path) -> None:
    """For children, which then need not make them."""
    from tests.simulator.template import template

    path.write_bytes(pickle.dumps({large: template(large=large) for large in (False, True)}))


def main(name: str, first: int, seeds: int) -> int:
    """Exit code 0 if the bug is found."""
    found = hunt(name, first, seeds)
    print(found.said)
    print(f"{name}: {'found' if found.seed is not None else 'NOT FOUND'}")
    return 0 if found.seed is not None else 1
