"""What can be said about names. Codes stand in their canonical spelling (`codes`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.codes import code_chars_max
from tallystick.ledger import Body, Handle, Hex32

readers_max = 32
url_chars_max = 500

SchemeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$", examples=["sgtin"])]
CodeText = Annotated[str, Field(min_length=1, max_length=code_chars_max)]
Url = Annotated[str, Field(max_length=url_chars_max, pattern=r"^https?://[!-~]+$")]
Readers = Annotated[tuple[Handle, ...], Field(min_length=1, max_length=readers_max)]


class Continues(Body):
    """Where the code's history before us was: its resolver then, and the SHA-256 of what was kept of it."""

    resolver: Url
    evidence: Hex32 | None = None


class ClaimName(Body):
    """The code names this record. `replaces`: a code of the same scheme that named it until now.

    `readers`: the name is not public, but for the record's owner and these organisations alone.
    """

    handle: Handle
    scheme: SchemeName
    code: CodeText
    continues: Continues | None = None
    replaces: CodeText | None = None
    readers: Readers | None = None


class ContestName(Body):
    """The code is another's, and should name this record. `evidence`: SHA-256 of what shows it."""

    handle: Handle
    scheme: SchemeName
    code: CodeText
    reason: Literal["ours", "mistake", "acquired", "copied"]
    evidence: Hex32 | None = None
    continues: Continues | None = None
    readers: Readers | None = None


class ReleaseName(Body):
    """The code names this record no longer; or its contest for the code is withdrawn."""

    handle: Handle
    scheme: SchemeName
    code: CodeText


class SettleName(Body):
    """Who decides a contest says whether `handle`, which contests the code, gets it."""

    handle: Handle
    scheme: SchemeName
    code: CodeText
    outcome: Literal["granted", "dismissed"]
