"""Appends one batch for each line on standard input, and answers with indexes or the error's code."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import TallystickError


def main(url: str, home: str) -> None:
    world = World(url, Path(home), rules=rules_with_notes(), existing=True)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            answers = world.ledger.append(world.mint(2, start=int(line)))
            print(*(answer.index for answer in answers), flush=True)
        except TallystickError as error:
            print(error.code, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
