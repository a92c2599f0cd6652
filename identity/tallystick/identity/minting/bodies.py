"""Bodies of the entry types of minting (formats §9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tallystick.identity.bodies import HandleValue, values_per_handle_max
from tallystick.identity.minting import serials
from tallystick.ledger import Body, Count, Handle, Hex32, Instant, Positive, Prefix

shares_per_entry_max = 1000
shares_per_batch_max = 4096
devices_per_share_max = 256
voids_per_entry_max = 500
path_hashes_max = 25
digits_max = 18


def _is_batch(batch: str) -> str:
    if batch == serials.no_batch:
        raise ValueError(f"{serials.no_batch} is the number of serials without a batch")
    return batch


#: 4 characters of Crockford base32; `0000` is no batch.
BatchNumber = Annotated[
    str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}$", examples=["0001"]), AfterValidator(_is_batch)
]
Path = Annotated[tuple[Hex32, ...], Field(max_length=path_hashes_max)]


class IssueBatch(Body):
    """`count` serials at once. `root`: RFC 6962 over their leaves in order; `record`: the values of each."""

    prefix: Prefix
    batch: BatchNumber
    count: Annotated[int, Field(gt=0, le=serials.batch_serials_max)]
    root: Hex32
    record: Annotated[tuple[HandleValue, ...], Field(max_length=values_per_handle_max)] = ()


class Seen(Body):
    """A serial of a batch becomes a record. `by`: the party on whose scan its issuer says so."""

    handle: Handle
    batch: BatchNumber
    salt: Hex32
    position: Count
    path: Path
    by: Handle | None = None


class DeviceShare(Body):
    to: Handle
    start: Count
    count: Positive


class Share(Body):
    """`count` positions of the sorted leaves from `start` on go to an organisation, or to a device.

    `devices`: which of them go on to devices of that organisation.
    """

    to: Handle
    start: Count
    count: Positive
    devices: (
        Annotated[tuple[DeviceShare, ...], Field(min_length=1, max_length=devices_per_share_max)]
        | None
    ) = None


class AssignBatch(Body):
    """Positions of a batch go to other makers and devices."""

    prefix: Prefix
    batch: BatchNumber
    shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=shares_per_entry_max)]


class Proven(Body):
    """One serial with its proof."""

    handle: Handle
    salt: Hex32
    position: Count
    path: Path


class Positions(Body):
    start: Count
    count: Positive


class VoidSerials(Body):
    """Codes that were never used and never will be: each by its proof, or many by their positions."""

    prefix: Prefix
    batch: BatchNumber
    reason: Literal["spoilt", "lost", "stolen", "unused"]
    codes: Annotated[tuple[Proven, ...], Field(max_length=voids_per_entry_max)] = ()
    positions: Annotated[tuple[Positions, ...], Field(max_length=voids_per_entry_max)] = ()


class ReserveRange(Body):
    """Suffixes `label` ‖ number, in so many `digits`, for one site until a ledger time.

    The label does not end in a digit, so that a suffix is of one label alone.
    """

    prefix: Prefix
    label: Annotated[str, Field(max_length=40, pattern=r"^([^\s/]*[^\s/0-9])?$", examples=["S1-"])]
    digits: Annotated[int, Field(ge=1, le=digits_max)]
    first: Count
    count: Positive
    site: Handle
    until: Instant


class ReleaseRange(Body):
    """What of a range is not used is free again."""

    prefix: Prefix
    label: Annotated[str, Field(max_length=40, pattern=r"^([^\s/]*[^\s/0-9])?$")]
    digits: Annotated[int, Field(ge=1, le=digits_max)]
    first: Count
