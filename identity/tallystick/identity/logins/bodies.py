"""Bodies about directories by which people log in. No secret and no name stands in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import Body, Handle, Hex32

_label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_place = rf"{_label}(\.{_label})*(:[1-9][0-9]{{0,4}})?(/[A-Za-z0-9._~-]+)*/?"


class BindDirectory(Body):
    """`issuer` as it calls itself (OpenID Connect Discovery 1.0); `algorithm`: that of its ID tokens, and no other."""

    kind: Literal["directory"]
    issuer: Annotated[
        str,
        Field(
            max_length=300,
            pattern=rf"^(https://{_place}|http://localhost(:[1-9][0-9]{{0,4}})?(/[A-Za-z0-9._~-]+)*)$",
        ),
    ]
    client_id: Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]+$")]
    algorithm: Literal["RS256", "PS256", "ES256", "EdDSA"]


class DropDirectory(Body):
    """Nobody logs in by the directory any more; sessions that it gave end."""

    kind: Literal["directory-end"]


class SetSubject(Body):
    """Who the person is at its organisation's directory: a digest that only the node can compute. None: nobody."""

    person: Handle
    digest: Hex32 | None = None
