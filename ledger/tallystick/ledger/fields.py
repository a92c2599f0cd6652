"""Field types shared by the bodies of all entry types (formats §1, §2)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tallystick.ledger import canonical

handle_bytes_max = 255
text_chars_max = 200


def _fits(handle: str) -> str:
    if len(handle.encode()) > handle_bytes_max:
        raise ValueError(f"a handle has at most {handle_bytes_max} bytes of UTF-8")
    return handle


#: `prefix/suffix`; suffix without blanks, control or bidirectional characters.
Handle = Annotated[
    str,
    Field(
        max_length=handle_bytes_max,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-]*/[^\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+$",
        examples=["99.100.7/SN-0001"],
    ),
    AfterValidator(_fits),
]
Prefix = Annotated[
    str, Field(max_length=100, pattern=r"^[0-9]+(\.[0-9]+)*$", examples=["99.100.7"])
]
#: `index:handle` of an HS_PUBKEY value.
KeyRef = Annotated[
    str,
    Field(max_length=300, pattern=r"^[1-9][0-9]{0,8}:[^\s\x00-\x1f\x7f/]+/[^\s\x00-\x1f\x7f]+$"),
]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="hex SHA-256")]
#: RFC 3339, UTC, milliseconds: sorts as text.
Instant = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$"
    ),
]
#: A calendar date of money, in the zone that the certificate names.
MoneyDate = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$", examples=["2026-07-10"])
]
Text = Annotated[str, Field(min_length=1, max_length=text_chars_max)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Field(gt=0, le=2**53 - 1)]


class Body(BaseModel):
    """Base of every entry body: strict, closed, immutable.

    in_parts: whoever writes it signs its fields one by one, so that some can be shown without the others.
    """

    in_parts: ClassVar[bool] = False
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def encode(self) -> bytes:
        """The exact bytes that are salted, hashed and stored."""
        return canonical.encode(self.model_dump(mode="json", exclude_none=True))


class AttachmentRef(Body):
    """An attachment as a body names it: hash = hex SHA-256(salt ‖ bytes)."""

    hash: Hex32
    type: Annotated[str, Field(pattern=r"^[0-9A-Za-z_.+-]+/[0-9A-Za-z_.+-]+$", max_length=100)]
    size: Count
    grade: Annotated[str, Field(pattern=r"^(public|parties|restricted)$")] = "parties"
