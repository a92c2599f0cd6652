"""Appends to a log until it is killed, and says on standard output what was acknowledged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import Replication, TallystickError


def main(url: str, home: str, start: int) -> None:
    replicated = Replication(int(os.environ.get("STANDBYS", "0")))
    world = World(url, Path(home), rules=rules_with_notes(), existing=True, replicated=replicated)
    print("ready", flush=True)
    position = start
    while True:
        world.clock.advance(700)
        answers = world.ledger.append(world.mint(5, start=position))
        world.ledger.receipt(answers)
        for answer in answers:
            print(answer.index, answer.leaf_hash, flush=True)
        position += 5
        world.ledger.seal()


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except TallystickError as error:
        sys.exit(error.code)
