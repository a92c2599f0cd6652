"""Two clients for the same cents, and many transfers at once, on a real log: nothing passes twice (Formance PR 1135).

`./dev soak --only races` runs 10,000 on PostgreSQL, and 64 transfers of one certificate and of 64.
"""

from __future__ import annotations

from pathlib import Path

from bench.trade import face, others, owner, part
from tests.soak.races import race, racing, together

races_least = 15
transfers = 64


def test_of_two_clients_for_the_same_cents_one_wins(postgres_url: str, tmp_path: Path) -> None:
    """And 64 transfers of one certificate at once all pass, and conserve."""
    with racing(postgres_url, tmp_path) as trade:
        found = race(trade, races_least)
        held = together(trade, 1, transfers)
    print(f"{found.races} races on PostgreSQL, won by {dict(found.won_by)}")
    assert found.races == races_least
    assert found.sound, found
    assert found.refusals == {"not-enough-free": races_least}
    _conserved(held, 1)


def test_of_many_clients_one_wins(sqlite_url: str, tmp_path: Path) -> None:
    """And 64 transfers of 16 certificates at once all pass, and conserve."""
    with racing(sqlite_url, tmp_path) as trade:
        found = race(trade, 3, clients=16)
        held = together(trade, 16, transfers)
    assert found.sound, found
    assert found.refusals == {"not-enough-free": 45}
    _conserved(held, 16)


def _conserved(held: dict[str, int], certificates: int) -> None:
    assert sum(held.values()) == certificates * face
    assert held[owner] == certificates * face - transfers * part
    assert sum(held[firm] for firm in others if firm in held) == transfers * part
