"""Asking again gives the first receipt, also much later (formats §2)."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.world import World


def test_the_first_receipt_is_given_again(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path)
    world.populate()
    submissions = world.mint(2)
    first = world.ledger.receipt(world.ledger.append(submissions))
    world.clock.advance(3_600_000)
    world.ledger.append(world.mint(1, 10))
    again = world.ledger.append(submissions)
    assert all(answer.duplicate for answer in again)
    assert world.ledger.receipt(again)["payload"] == first["payload"]
