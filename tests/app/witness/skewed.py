"""A witness in a process of its own whose clock is wrong: `python -m tests.app.witness.skewed PORT SECONDS`."""

from __future__ import annotations

import sys

import uvicorn

from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.serving import create_app
from tallystick.ledger import SystemClock


class Skewed(SystemClock):
    def __init__(self, off_s: int) -> None:
        self._off_ms = off_s * 1000

    def now_ms(self) -> int:
        return super().now_ms() + self._off_ms


if __name__ == "__main__":
    port, off_s = map(int, sys.argv[1:3])
    with WitnessHome(Settings().folder).open(Skewed(off_s)) as opened:
        uvicorn.run(create_app(opened), port=port, log_level="warning")
