"""The commands of the tutorial run as they stand, and so does the verifier of the how-to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lint.source import root

tutorial = root / "docs/tutorial/first-scan-to-cash.md"
verifier = root / "docs/how-to/verify-with-your-own-program.md"
timeout_s = 300
pytestmark = pytest.mark.slow


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TALLYSTICK_")}
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**kept, "PATH": programs, "COLUMNS": "120", "TALLYSTICK_VERIFY_PROCESSES": "0"}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which all commands of the tutorial ran, and what they printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    script = "set -eux\n" + "\n".join(blocks(tutorial, "sh"))
    ran = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        check=False,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
    )
    assert ran.returncode == 0, ran.stdout
    return folder, ran.stdout


def test_the_tutorial_runs_and_comes_out_as_it_says(done: tuple[Path, str]) -> None:
    _, said = done
    for promised in (
        "99.7/SN-0001",
        "CNY 176,732.00",
        "三月六日",
        "Dry run: nothing was written.",
        "sound",
        "Entry 4 is in example.org/tutorial",
        "NOT VERIFIED",
    ):
        assert promised in said, promised


def test_the_second_import_of_the_tutorial_adds_nothing(done: tuple[Path, str]) -> None:
    added = re.findall(r"entries added\s*│\s*([\d,]+)", done[1])
    assert len(added) == 2
    assert int(added[0]) > 0
    assert int(added[1]) == 0


def test_the_verifier_of_the_how_to_verifies(done: tuple[Path, str]) -> None:
    ran = verify(done[0], "entry-4.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"entry 4 is in example.org/tutorial of \d+ entries\n", ran.stdout)


def test_the_verifier_of_the_how_to_refuses_a_changed_entry(done: tuple[Path, str]) -> None:
    assert "AssertionError" in verify(done[0], "changed.json").stderr


def verify(folder: Path, leaf: str) -> subprocess.CompletedProcess[str]:
    (program,) = blocks(verifier, "python")
    (folder / "verify.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "verify.py", "entry-4.proof", leaf, "log.vkey"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
