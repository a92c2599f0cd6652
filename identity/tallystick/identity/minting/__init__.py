"""Minting: serials nobody guesses, batches of which the log keeps a root, ranges for sites that go offline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tallystick.identity.minting.batches import Batch, made_by, made_for, may_see
from tallystick.identity.minting.bodies import (
    AssignBatch,
    DeviceShare,
    IssueBatch,
    Positions,
    Proven,
    ReleaseRange,
    ReserveRange,
    Seen,
    Share,
    VoidSerials,
)
from tallystick.identity.minting.bulk import Bulk, Row, RowRefused, rows_per_write_max
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.issuing import Issue, Issuer, Look, NewBatch, issued
from tallystick.identity.minting.leaves import Leaves
from tallystick.identity.minting.lookup import Issued, IssuedCodes
from tallystick.identity.minting.making import processes_sensible
from tallystick.identity.minting.proofs import Proof, verify
from tallystick.identity.minting.serials import (
    batch_serials_max,
    is_serial,
    new_suffix,
)
from tallystick.identity.minting.serials import read as read_serial
from tallystick.identity.minting.types import (
    assign_type,
    batch_type,
    release_type,
    reserve_type,
    seen_type,
    void_type,
)

if TYPE_CHECKING:
    from fastapi import APIRouter


def bulk_router(pen: Callable[..., Any], look: Look, folder: Folder) -> APIRouter:
    """POST /v1/handles; `pen` is the dependency that says who writes."""
    from tallystick.identity.minting import api

    return api.router(pen, look, folder)


__all__ = [
    "AssignBatch",
    "Batch",
    "Bulk",
    "DeviceShare",
    "Folder",
    "Issue",
    "IssueBatch",
    "Issued",
    "IssuedCodes",
    "Issuer",
    "Leaves",
    "NewBatch",
    "Positions",
    "Proof",
    "Proven",
    "ReleaseRange",
    "ReserveRange",
    "Row",
    "RowRefused",
    "Seen",
    "Share",
    "VoidSerials",
    "assign_type",
    "batch_serials_max",
    "batch_type",
    "bulk_router",
    "is_serial",
    "issued",
    "made_by",
    "made_for",
    "may_see",
    "new_suffix",
    "processes_sensible",
    "read_serial",
    "release_type",
    "reserve_type",
    "rows_per_write_max",
    "seen_type",
    "verify",
    "void_type",
]
