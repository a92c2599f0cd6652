"""The ledger's worlds, as its own tests have them."""

from __future__ import annotations

from tests.ledger.conftest import world

__all__ = ["world"]
