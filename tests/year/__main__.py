"""`python -m tests.year [DATABASE_URL]`: play the year in a scratch folder, and print what it came to."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.year.script import play
from tests.year.stage import stage

from tallystick import finance
from tallystick.app.operations import logs
from tallystick.app.settings import Settings


def main() -> None:
    began = time.monotonic()
    logs.configure(Settings(log_level="warning"))
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/year.sqlite3"
        with stage(Path(folder), url) as place:
            year = play(place, print)
            audited = place.world.audit()
    for what, amount in year.told.items():
        print(f"{what:<32} CNY {finance.format_amount(amount)}")
    for what, code in year.refused.items():
        print(f"refused: {what:<40} {code}")
    unexplained = sum(place.days.values())
    print(
        f"{len(place.days)} days, {unexplained} minor units not explained; why days differed: {place.because}"
    )
    print(f"audit of {audited.size:,} entries; {time.monotonic() - began:.1f} s")


main()
