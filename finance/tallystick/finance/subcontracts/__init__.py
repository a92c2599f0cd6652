"""Subcontract orders (委外加工): the buyer's material goes out and comes back as parts; only the fee is billed."""

from __future__ import annotations

from tallystick.finance.subcontracts import views
from tallystick.finance.subcontracts.balance import Balance, balances
from tallystick.finance.subcontracts.bodies import (
    Material,
    MaterialLine,
    MaterialNote,
    Moved,
    Subcontract,
    Use,
)

__all__ = [
    "Balance",
    "Material",
    "MaterialLine",
    "MaterialNote",
    "Moved",
    "Subcontract",
    "Use",
    "balances",
    "views",
]
