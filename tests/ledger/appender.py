"""Appends to a log until it is killed, and says on standard output what was acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ledger.world import World, rules_with_notes


def main(url: str, home: str, start: int) -> None:
    world = World(url, Path(home), rules=rules_with_notes(), existing=True)
    print("ready", flush=True)
    position = start
    while True:
        world.clock.advance(700)
        for answer in world.ledger.append(world.mint(5, start=position)):
            print(answer.index, answer.leaf_hash, flush=True)
        position += 5
        world.ledger.seal()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
