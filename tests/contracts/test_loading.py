"""web3 takes a second to load: only who anchors, or asks a chain, waits for it."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_starts_without_web3() -> None:
    asked = "import sys, tallystick.app.cli; print({'web3', 'eth_account'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "set()"
