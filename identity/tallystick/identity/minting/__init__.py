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
from tallystick.identity.minting.gs1 import data_of, template_of
from tallystick.identity.minting.issuing import (
    Book,
    BookOfState,
    Issue,
    Issuer,
    Look,
    NewBatch,
    issued,
)
from tallystick.identity.minting.keeping import (
    Holds,
    Kept,
    adopt,
    every_batch,
    file_name,
    kept,
    sort_out,
)
from tallystick.identity.minting.keeping import check as check_leaves
from tallystick.identity.minting.keeping import take as take_leaves
from tallystick.identity.minting.leaves import Leaves, LeavesDamaged
from tallystick.identity.minting.leaves import file_bytes as leaves_bytes
from tallystick.identity.minting.lookup import Issued, IssuedCodes
from tallystick.identity.minting.making import processes_sensible
from tallystick.identity.minting.proofs import Proof, salt_and_leaf, verify
from tallystick.identity.minting.serials import (
    batch_serials_max,
    is_serial,
    new_suffix,
    number_before,
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


def batches_router(reading: Callable[..., Any], folder: Folder, *, takes: bool = True) -> APIRouter:
    """/v1/batches: which there are, their leaves, and where one stands."""
    from tallystick.identity.minting import serving

    return serving.router(reading, folder, takes=takes)


__all__ = [
    "AssignBatch",
    "Batch",
    "Book",
    "BookOfState",
    "Bulk",
    "DeviceShare",
    "Folder",
    "Holds",
    "Issue",
    "IssueBatch",
    "Issued",
    "IssuedCodes",
    "Issuer",
    "Kept",
    "Leaves",
    "LeavesDamaged",
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
    "adopt",
    "assign_type",
    "batch_serials_max",
    "batch_type",
    "batches_router",
    "bulk_router",
    "check_leaves",
    "data_of",
    "every_batch",
    "file_name",
    "is_serial",
    "issued",
    "kept",
    "leaves_bytes",
    "made_by",
    "made_for",
    "may_see",
    "new_suffix",
    "number_before",
    "processes_sensible",
    "read_serial",
    "release_type",
    "reserve_type",
    "rows_per_write_max",
    "salt_and_leaf",
    "seen_type",
    "sort_out",
    "take_leaves",
    "template_of",
    "verify",
    "void_type",
]
