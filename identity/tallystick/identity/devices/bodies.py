"""Bodies of the entry types about devices. They hold no personal data (formats §2)."""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.devices.classes import ClassName
from tallystick.ledger import AttachmentRef, Body, Count, Handle, Hex32, Instant, KeyRef, Text

#: Base64 of an envelope: a leaf has at most 65,535 bytes.
envelope_chars_max = 87_380
#: A handle of a place's record, or a GLN.
Place = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Reason = Literal["lost", "stolen", "retired", "broken", "compromised"]


class FactoryIdentity(Body):
    """An IDevID (IEEE 802.1AR) that leads to `ca`, which the organisation lists.

    ca, certificate: SHA-256 of the DER of the root and of the device's certificate. serial: SHA-256 of ca ‖ 0x00 ‖
    the subject's serialNumber. chain: certificates, and a signature by the factory's key over the enrolled key.
    """

    ca: Hex32
    certificate: Hex32
    serial: Hex32
    chain: AttachmentRef


class EnrolDevice(Body):
    """A device and its first key at once; the new key also signs. `replaces`: the device whose place it takes."""

    device: Handle
    organisation: Handle
    purpose: ClassName
    key: KeyRef
    jwk: dict[str, str]
    custody: Literal["self", "hardware"] = "self"
    replaces: Handle | None = None
    factory: FactoryIdentity | None = None


class RetireDevice(Body):
    """None of its keys is valid from the next index on. `suspect_from`: earlier entries from this index on are marked."""

    device: Handle
    reason: Reason
    suspect_from: Count | None = None


class SuspendDevice(Body):
    """Two envelopes that a device with one memory would not both have signed, each in base64.

    Both by its keys that are valid now. Either both have the same `seq` and other payloads, or the second has the
    next `seq` and names another `prev` than the first.
    """

    device: Handle
    first: Annotated[str, Field(max_length=envelope_chars_max, pattern=r"^[A-Za-z0-9+/]+=*$")]
    second: Annotated[str, Field(max_length=envelope_chars_max, pattern=r"^[A-Za-z0-9+/]+=*$")]

    @classmethod
    def of(cls, device: str, first: bytes, second: bytes) -> SuspendDevice:
        """From the envelopes' bytes."""
        one, other = (base64.b64encode(data).decode() for data in (first, second))
        return cls(device=device, first=one, second=other)


class PlaceDevice(Body):
    """Where the device stands from this entry on: a handle, or a GLN (with check digit). None: nowhere known."""

    device: Handle
    place: Place | None = None


class CalibrateDevice(Body):
    """`certificate`: SHA-256 of the calibration certificate. It covers what is measured in [valid_from, valid_until)."""

    device: Handle
    certificate: Hex32
    valid_from: Instant
    valid_until: Instant
    laboratory: Handle | None = None


class ListFactory(Body):
    """Devices of a factory may show its certificates: `ca` is the SHA-256 of the DER of its root."""

    organisation: Handle
    ca: Hex32
    name: Text


class DropFactory(Body):
    """New devices may not rest on this factory any more; those that did stay as they are."""

    organisation: Handle
    ca: Hex32
