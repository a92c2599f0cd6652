"""The HTTP routes that this part offers, loaded when a server asks for them.

Commands and audits read logs without a web framework, whose import takes half a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from tallystick.ledger.api import Log
    from tallystick.ledger.bls.sharing import CertificateSigner
    from tallystick.ledger.erasure.api import Keep
    from tallystick.ledger.tile_files import PublicTiles
    from tallystick.ledger.witness.api import Cosigns


def router(
    log: Log, reading: Callable[..., Any], request_bytes_max: int, public: PublicTiles
) -> APIRouter:
    """The routes over a running log; `reading` is the dependency that gives a `ReadingLog`."""
    from tallystick.ledger import api

    return api.router(log, reading, request_bytes_max, public)


def feed_router(reading: Callable[..., Any]) -> APIRouter:
    """Entries in bulk; `reading` is the dependency that gives a `ReadingLog`."""
    from tallystick.ledger.mirror import feed

    return feed.feed_router(reading)


def erasure_router(reading: Callable[..., Any], keep: Keep | None) -> APIRouter:
    """What was erased, and what mirrors stated; `keep` None: a node that takes in no statements."""
    from tallystick.ledger.erasure import api

    return api.router(reading, keep)


def witness_router(witness: Cosigns, prefix: str = "") -> APIRouter:
    """The routes of a running witness, below `prefix`."""
    from tallystick.ledger.witness import api

    return api.router(witness, prefix)


def certificate_router(signer: CertificateSigner | None, prefix: str = "") -> APIRouter:
    """The route of a running witness, below `prefix`; a witness without a BLS key refuses."""
    from tallystick.ledger.bls import api

    return api.router(signer, prefix)
