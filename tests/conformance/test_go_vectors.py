"""The shared vectors by Go's own `sumdb/tlog` and `sumdb/note`: the same verdicts, but for what is named here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.conformance.test_vectors import rows
from tests.conformance.vectors import files
from tests.conftest import missing_here

program = Path(__file__).parent / "verify_vectors"
names = ("inclusion", "consistency", "verifier-keys", "notes")
#: Cases of which Go says otherwise, and why.
differ = {
    ("notes", "good, and false too"): "Go looks at the first signature of a key only",
    ("notes", "65 signatures"): "Go reads 100",
    ("notes", "a name of 256 bytes"): "Go has no limit on names",
    ("verifier-keys", "with blanks around"): "Go takes a key as it stands",
    ("verifier-keys", "key id in capitals"): "Go reads hex of either case",
    ("verifier-keys", "a key of small order"): "Go takes any 32 bytes",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """By file and case; Go is optional everywhere, also under CI."""
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{missing_here}go (optional: https://go.dev/dl)")
    built = tmp_path_factory.mktemp("go") / "verify_vectors"
    done = subprocess.run(
        [go, "build", "-o", str(built), "."],
        check=False, cwd=program, env={**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"},
        capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"{missing_here}golang.org/x/mod for Go: {done.stderr.strip()[-300:]}")
    said = subprocess.run(
        [str(built), str(files.folder)], check=True, capture_output=True, text=True, timeout=60
    )
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    return {(name, case): verdict for name, case, verdict in lines}


@pytest.mark.parametrize("name", names)
def test_go_says_the_same(told: dict[tuple[str, str], str], name: str) -> None:
    ours = {row["name"]: "bad" if "refused" in row else "good" for row in rows(name)}
    theirs = {case: verdict for (file, case), verdict in told.items() if file == name}
    assert len(theirs) > 10
    others = {(name, case) for case, verdict in theirs.items() if ours[case] != verdict}
    assert others == {known for known in differ if known[0] == name}
