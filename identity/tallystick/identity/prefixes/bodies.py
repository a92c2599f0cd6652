"""Bodies of the entry types about prefixes."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, field_validator

from tallystick.ledger import Body, Count, Handle, Hex32, Instant, Positive, Prefix, Text

records_per_batch_max = 500
document_chars_max = 900_000
path_max = 63

VerifierKey = Annotated[str, Field(max_length=400)]
Address = Annotated[str, Field(max_length=200, pattern=r"^https?://[!-~]+$")]


class RenewPrefix(Body):
    """The whole lease anew: what is left out is not limited any more."""

    prefix: Prefix
    quota: Positive | None = None
    expires: Instant | None = None


class SuspendPrefix(Body):
    prefix: Prefix
    reason: Literal["unpaid", "abuse", "investigation", "request"]


class LiftPrefix(Body):
    """Ends a suspension."""

    prefix: Prefix


class HandPrefix(Body):
    """Another organisation holds the prefix from now on."""

    prefix: Prefix
    holder: Handle


class Site(Body):
    """Where the new home answers by the Handle System's protocol: what `0.NA/<prefix>` then says as HS_SITE."""

    address: Annotated[str, Field(max_length=45)]
    port: Annotated[int, Field(ge=1, le=65_535)]

    @field_validator("address")
    @classmethod
    def _is_address(cls, text: str) -> str:
        if str(ipaddress.ip_address(text)) != text:
            raise ValueError("an IP address in its usual spelling")
        return text


class LeavePrefix(Body):
    """The prefix goes to the log of this origin, which answers at `address`.

    `log_key`: that log's verifier key (C2SP vkey), by which alone it can send the prefix back. `receiver`: the
    X25519 key for which the secrets of batches are sealed; without it they stay, and codes that nobody has seen
    are asked for here.
    """

    prefix: Prefix
    origin: Text
    address: Address
    log_key: VerifierKey
    receiver: Hex32 | None = None
    site: Site | None = None


class CarriedRecord(Body):
    """A document that goes along, by the digest that `travel.digest` gives."""

    kind: Annotated[str, Field(max_length=40, pattern=r"^[a-z-]+$")]
    name: Annotated[str, Field(max_length=255)]
    part: Annotated[str, Field(max_length=255)] | None = None
    digest: Hex32


class CarryPrefix(Body):
    """The next batch of what goes along, in ascending order; `salt` keeps its digests from being guessed."""

    prefix: Prefix
    number: Count
    salt: Hex32
    records: Annotated[
        tuple[CarriedRecord, ...], Field(min_length=1, max_length=records_per_batch_max)
    ]


class CarriedPrefix(Body):
    """This is everything: so many records, in the batches that `chain` sums up.

    `secrets`: what `travel.secrets_of` gives for the batches of codes; none without batches.
    """

    prefix: Prefix
    count: Count
    chain: Hex32
    secrets: Hex32 | None = None


class Proven(Body):
    """An entry of another log: the envelope in base64, body, salt, and the path from its place to the root."""

    index: Count
    envelope: Annotated[str, Field(max_length=90_000)]
    body: Annotated[str, Field(max_length=20_000)]
    salt: Hex32
    path: Annotated[tuple[Hex32, ...], Field(max_length=path_max)]


class ArrivePrefix(Body):
    """A prefix comes from another log, which is trusted by the key `log_key` (C2SP vkey) that the author pins.

    `checkpoint`: a note of that log. `leave` and `carried` are its entries of those types under it.
    """

    prefix: Prefix
    holder: Handle
    role: Literal["secondary", "enterprise"]
    log_key: VerifierKey
    address: Address
    checkpoint: Annotated[str, Field(max_length=20_000)]
    leave: Proven
    carried: Proven
    quota: Positive | None = None
    expires: Instant | None = None


class TakenRecord(Body):
    """A document as it stands in the log that the prefix left; `document` is RFC 8785 JSON."""

    kind: Annotated[str, Field(max_length=40, pattern=r"^[a-z-]+$")]
    name: Annotated[str, Field(max_length=255)]
    part: Annotated[str, Field(max_length=255)] | None = None
    document: Annotated[str, Field(max_length=document_chars_max)]


class TakeRecords(Body):
    """A batch as it was carried, the last one first: `before` is the chain before it."""

    prefix: Prefix
    before: Hex32
    salt: Hex32
    records: Annotated[
        tuple[TakenRecord, ...], Field(min_length=1, max_length=records_per_batch_max)
    ]


class SweepPrefix(Body):
    """What of the prefix stood here when it left, and ended while it was away, ends here too: the next of it."""

    prefix: Prefix


class DeclinePrefix(Body):
    """This log never takes the prefix in by this `leave` of the log of that origin: it stays there."""

    prefix: Prefix
    origin: Text
    leave: Count


class ReturnPrefix(Body):
    """The prefix stays: the log for which it left has declined it, by an entry under this checkpoint of it."""

    prefix: Prefix
    checkpoint: Annotated[str, Field(max_length=20_000)]
    decline: Proven
