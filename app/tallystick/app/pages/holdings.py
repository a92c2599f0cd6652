"""Who holds what of a certificate, as table rows and as pieces of the stick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.finance import CertificateView, Holding

hues = 12
stick_width = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """What one firm holds now, and how much of it is financed, promised away, or held by a pledge or freeze.

    `hue` is its colour.
    """

    holder: str
    amount: int
    financed: int
    locked: int
    held: int
    hue: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the drawn stick: x and width in thousandths."""

    holder: str
    amount: int
    x: int
    width: int
    hue: int
    financed: bool


def shares(view: CertificateView) -> list[Share]:
    """Largest first; colours in the order of the units."""
    order: dict[str, Share] = {}
    for holding in view.holdings:
        fresh = Share(holding.holder, 0, 0, 0, 0, len(order) % hues)
        share = order.get(holding.holder, fresh)
        order[holding.holder] = replace(
            share,
            amount=share.amount + holding.amount,
            financed=share.financed + (holding.amount if holding.batch else 0),
            locked=share.locked + (holding.amount if holding.state == "locked" else 0),
            held=share.held + (holding.amount if holding.state in ("pledged", "frozen") else 0),
        )
    return sorted(order.values(), key=lambda share: (-share.amount, share.holder))


def pieces(holdings: Sequence[Holding], face: int, found: Sequence[Share]) -> list[Piece]:
    """The stick, notched where holders change."""
    hue = {share.holder: share.hue for share in found}
    return [
        Piece(
            holding.holder,
            holding.amount,
            x := holding.start * stick_width // face,
            max(1, holding.end * stick_width // face - x),
            hue[holding.holder],
            bool(holding.batch),
        )
        for holding in holdings
    ]
