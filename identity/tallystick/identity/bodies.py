"""Bodies of identity's entry types. They hold no personal data (formats §2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.directory import CapacityName
from tallystick.ledger import (
    Body,
    Count,
    Handle,
    Instant,
    KeyRef,
    Passkey,
    Positive,
    Prefix,
    PublicKey,
    Text,
)

handles_per_entry_max = 500
values_per_handle_max = 64
value_chars_max = 4096
ttl_default_s = 86_400
permissions_default = "1110"

Name = dict[Annotated[str, Field(pattern=r"^(en|zh)$")], Text]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
_label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_domain = rf"{_label}(\.{_label})*"


class RegisterOrganisation(Body):
    """`number` by `scheme`: uscc (GB 32100), lei (ISO 17442), register (with `country`), or none."""

    organisation: Handle
    name: Name
    scheme: Literal["uscc", "lei", "register", "none"]
    number: Annotated[str, Field(max_length=60, pattern=r"^\S+$")] | None = None
    country: Country | None = None
    capacities: Annotated[tuple[CapacityName, ...], Field(min_length=1, max_length=6)]


class AddPlaceholder(Body):
    """A counterparty that the author's organisation has documents of, unverified and without keys.

    `code` is what the author's papers call it; its handle stands under the author's own node.
    """

    organisation: Handle
    name: Name
    code: Annotated[str, Field(max_length=60, pattern=r"^\S+$")] | None = None


class DelegatePrefix(Body):
    """A child of a prefix that the author's organisation holds goes to `holder`.

    `quota`: how many handles may be made under it; `expires`: the ledger time at which the lease ends.
    """

    prefix: Prefix
    holder: Handle
    role: Literal["secondary", "enterprise"]
    quota: Positive | None = None
    expires: Instant | None = None


class AddDevice(Body):
    device: Handle
    organisation: Handle
    purpose: Literal["scanner", "gateway", "printer", "service"]


class WebAuthn(Body):
    """Where a passkey signs: pages of one origin, in the name of one relying party (a domain)."""

    rp_id: Annotated[
        str, Field(max_length=253, pattern=rf"^{_domain}$", examples=["ledger.example"])
    ]
    origin: Annotated[
        str,
        Field(
            max_length=270,
            pattern=rf"^(https://{_domain}|http://localhost)(:[1-9][0-9]{{0,4}})?$",
            examples=["https://ledger.example"],
        ),
    ]


class AddKey(Body):
    """The new key also signs. `types` are entry types, `part.*` or `*`.

    `played`: one machine plays this party; only a simulated log admits it (formats §4). `webauthn`: the
    key is a passkey, which signs assertions alone; its custody is not `node`.
    """

    key: KeyRef
    jwk: dict[str, str]
    custody: Literal["node", "self", "hardware"]
    types: Annotated[
        tuple[Annotated[str, Field(pattern=r"^(\*|[a-z]+\.\*|[a-z]+(\.[a-z]+)+/[1-9]\d*)$")], ...],
        Field(min_length=1, max_length=50),
    ]
    played: Literal[True] | None = None
    webauthn: WebAuthn | None = None

    def public_key(self) -> PublicKey:
        """Raises `KeyRefused`."""
        public = PublicKey.from_jwk(self.jwk)
        where = self.webauthn
        return public if where is None else public.as_passkey(Passkey(where.rp_id, where.origin))


class RevokeKey(Body):
    """`suspect_from`: earlier entries from this index on are marked; no outcome changes."""

    key: KeyRef
    reason: Literal["lost", "stolen", "replaced", "retired", "left"]
    suspect_from: Count | None = None


class Grant(Body):
    """The author lets `to` sign entries of these types for it."""

    to: Handle
    types: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z]+)+/[1-9]\d*$")], ...],
        Field(max_length=50),
    ]


class HandleValue(Body):
    """A typed value of a handle record (RFC 3651 §3). `ttl` in seconds.

    `permissions`: ADMIN_READ, ADMIN_WRITE, PUBLIC_READ, PUBLIC_WRITE; nobody may write who has not signed, so
    the last is 0. `format`: how `data` is meant, text if absent; all but `base64` and `hex` is RFC 8785 JSON.
    `readers`: organisations beside the owner that may read a value which is not public.
    """

    index: Positive
    type: Annotated[str, Field(max_length=100, pattern=r"^\S+$")]
    data: Annotated[str, Field(max_length=value_chars_max)]
    format: Literal["base64", "hex", "json", "admin", "vlist", "site", "key"] | None = None
    ttl: Annotated[int, Field(ge=0, le=31_536_000)] = ttl_default_s
    permissions: Annotated[str, Field(pattern=r"^[01]{3}0$")] = permissions_default
    readers: Annotated[tuple[Handle, ...], Field(min_length=1, max_length=32)] | None = None
    references: Annotated[tuple[KeyRef, ...], Field(min_length=1, max_length=16)] | None = None


#: `version:handle` of a template.
TemplateRef = KeyRef


class HandleRecord(Body):
    """`template`: every value is held against it, and gets its permissions and readers from it."""

    handle: Handle
    values: Annotated[tuple[HandleValue, ...], Field(max_length=values_per_handle_max)]
    template: TemplateRef | None = None


class CreateHandles(Body):
    """New records under prefixes that the author's organisation holds."""

    handles: Annotated[
        tuple[HandleRecord, ...], Field(min_length=1, max_length=handles_per_entry_max)
    ]


class WriteHandle(Body):
    """Set values by index, and remove others, of one record of the author's organisation.

    `template`: the one that the record follows from now on; the one that it has, if absent.
    """

    handle: Handle
    values: Annotated[tuple[HandleValue, ...], Field(max_length=values_per_handle_max)] = ()
    remove: Annotated[tuple[Positive, ...], Field(max_length=values_per_handle_max)] = ()
    template: TemplateRef | None = None


class DeleteHandle(Body):
    """The record is gone, its history and this reason stay."""

    handle: Handle
    reason: Literal["mistake", "duplicate", "retired", "destroyed", "withdrawn"]


class RenewHandle(Body):
    """The next version of a record that was deleted, by whoever holds its prefix now."""

    handle: Handle
    values: Annotated[tuple[HandleValue, ...], Field(max_length=values_per_handle_max)] = ()
    template: TemplateRef | None = None
