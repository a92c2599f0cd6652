"""The ledger's worlds, as its own tests have them."""

from __future__ import annotations

from tests.ledger.conftest import any_world, world

__all__ = ["any_world", "world"]
