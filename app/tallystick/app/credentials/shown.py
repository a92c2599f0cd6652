"""What a holder showed a buyer through the log, read from the attachment and verified again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.identity import Directory, credentials
from tallystick.identity.credentials import (
    Asked,
    Declared,
    Listed,
    Packed,
    Revealed,
    errors,
    require_bound,
)
from tallystick.ledger import Reader, Snapshot, TallystickError, from_instant

#: The entry stands in the log: how long ago it was made says nothing against it.
_age_s = 100 * 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Shown:
    """Fields by name. `paper` for a stated certificate, of which nothing is proven. `problem` if it does not verify."""

    fields: Mapping[str, Any]
    paper: bool = False
    problem: str = ""
    hidden: int = 0


def shown(snapshot: Snapshot, reader: Reader, listed: Listed) -> Shown:
    """What this reader was shown of it. Never raises for a presentation that is false: it says so."""
    document = listed.shown
    if document is None or listed.row["source"] == "stated":
        return Shown({}, paper=listed.row["source"] == "stated")
    try:
        held = snapshot.attachment(document["index"], document["document"], reader)
        revealed = _verified(snapshot, listed, Packed.parse(held.data))
    except TallystickError as error:
        return Shown({}, problem=error.code)
    return Shown(credentials.shown_fields(revealed.claims), hidden=revealed.hidden)


def _verified(snapshot: Snapshot, listed: Listed, packed: Packed) -> Revealed:
    credential, document = packed.credential, listed.shown or {}
    if packed.digest() != listed.credential:
        raise errors.CredentialDiffers(listed.credential)
    issuer = Directory().key(snapshot.view, listed.row["key"])
    holder = Directory().key(snapshot.view, listed.row["holder_key"])
    if issuer is None or holder is None or credential.bound_to()[1] != holder.public:
        raise errors.NotBoundToHolder(listed.row["holder_key"])
    credential.jwt.verify(issuer.public)
    now_ms = from_instant(document["time"]) + _age_s * 1000
    require_bound(credential, Asked(document["buyer"], document["id"], now_ms, _age_s * 2))
    return credential.revealed()


def declarations(snapshot: Snapshot, buyer: str, now_ms: int) -> Iterator[Declared]:
    """What an organisation was shown of parts and lots, as far as it verifies and still counts."""
    reader, after = Reader.party(buyer), ""
    while rows := credentials.credentials(snapshot.view, buyer, "buyer", now_ms, after):
        for one in rows:
            if one.row["source"] == "declared" and one.stood.standing in ("valid", "expiring"):
                found = shown(snapshot, reader, one)
                if not found.problem:
                    yield credentials.read_declaration(Revealed(found.fields, found.hidden))
        after = rows[-1].credential


def told(snapshot: Snapshot, reader: Reader, digest: str, now_ms: int) -> dict[str, Any]:
    """As data. Raises `CredentialUnknown`."""
    listed = credentials.credential_for(snapshot.view, reader, digest, now_ms)
    found = shown(snapshot, reader, listed)
    more = {"problem": found.problem} if found.problem else {}
    return {"credential": digest, "fields": dict(found.fields), **more}
