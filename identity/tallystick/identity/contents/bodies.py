"""What can be said about a digital thing. The content itself stays with its owner."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tallystick.ledger import Body, Count, Handle, Hex32

readers_max = 32
#: Names as in the IANA register of hash functions, and hex digits of each.
digest_digits = {"sha-384": 96, "sha-512": 128, "sha3-256": 64, "sm3": 64}

What = Literal[
    "drawing", "model", "process", "algorithm", "program", "data-set", "document", "media"
]
#: The form of an expression (SPDX 3, annex B): licence ids joined by AND, OR, WITH, in brackets.
_spdx = r"^\(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*( (AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*)*$"


class Licence(Body):
    """An SPDX expression, or the SHA-256 of a text and where it is to be read."""

    spdx: Annotated[str, Field(max_length=200, pattern=_spdx)] | None = None
    text: Hex32 | None = None
    url: Annotated[str, Field(max_length=500, pattern=r"^https?://[!-~]+$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.spdx is None) == (self.text is None):
            raise ValueError("give an SPDX expression, or the digest of a text")
        if self.url is not None and self.text is None:
            raise ValueError("a URL says where a text is to be read, so give its digest")
        return self


class RegisterContent(Body):
    """A record stands for a digital thing of this content; a later one is its next version.

    `digests`: by other functions, beside SHA-256. `readers`: not public, but for the owner and these organisations.
    """

    handle: Handle
    what: What
    sha256: Hex32
    digests: Annotated[dict[str, str], Field(min_length=1, max_length=4)] | None = None
    size: Count
    media_type: Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")]
    licence: Licence
    readers: Annotated[tuple[Handle, ...], Field(min_length=1, max_length=readers_max)] | None = (
        None
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, value in (self.digests or {}).items():
            digits = digest_digits.get(name)
            if digits is None:
                raise ValueError(f"{name} is none of {', '.join(digest_digits)}")
            if len(value) != digits or set(value) - set("0123456789abcdef"):
                raise ValueError(f"{name} is {digits} hex digits in small letters")
        return self
