"""Sightings: a mirror's signed statement that it saw an entry (ADR 0020).

A DSSE object over RFC 8785 bytes. It says that at this time, by the mirror's clock, an entry with these
hashes was in the mirror's hands, and which tree of the log was the newest that the mirror knew. It rests on
the mirror's word alone: whoever does not believe the mirror has learnt nothing. The mirror signs with a key of
its own (C2SP vkey of type 1, under the mirror's name), never with the one that cosigns.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from tallystick.ledger import canonical, forms, merkle
from tallystick.ledger.clock import from_instant
from tallystick.ledger.entry import Entry, Envelope, pae
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.fields import Body, Count, Handle, Hex32, Instant
from tallystick.ledger.forms import EntryMalformed, strict_base64
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Verifier, is_key_name, name_bytes_max

payload_type = "application/vnd.tallystick.sighting+json"
sighting_bytes_max = 4096
_origin_chars_max = 200


class SightingRefused(TallystickError):
    code = "sighting-refused"
    status = 422
    title = "The sighting is malformed"
    advice = "Ask the mirror for it again: it is the whole object with payload and signature."


class SightingTooLarge(SightingRefused):
    code = "sighting-too-large"
    status = 413
    title = "The sighting has more bytes than a sighting needs"


class SightingWrongKey(SightingRefused):
    code = "sighting-wrong-key"
    title = "The sighting is not signed by the mirror's key that you gave"
    advice = (
        "Compare the mirror's name and sighting key with what the mirror publishes about itself."
    )


class Sighting(Body):
    """What a mirror says it saw. `size`: leaves of the newest checkpoint of the log that it knew."""

    origin: Annotated[str, Field(min_length=1, max_length=_origin_chars_max)]
    author: Handle
    id: Annotated[str, Field(pattern=rf"^{forms.uuid7.pattern}$")]
    payload_hash: Hex32
    leaf_hash: Hex32
    time: Instant
    size: Count
    mirror: Annotated[str, Field(min_length=1, max_length=name_bytes_max)]


def seen(envelope: bytes, mirror: str, time: str, size: int) -> Sighting:
    """The statement of `mirror` about an envelope; raises `EntryMalformed` or `SightingRefused`."""
    payload = Envelope.parse(envelope).payload
    entry = Entry.parse(payload)
    return _checked(
        {
            "origin": entry.origin,
            "author": entry.author,
            "id": entry.id,
            "payload_hash": hashlib.sha256(payload).hexdigest(),
            "leaf_hash": merkle.leaf_hash(envelope).hex(),
            "time": time,
            "size": size,
            "mirror": mirror,
        }
    )


def sign_sighting(sighting: Sighting, key: PrivateKey) -> dict[str, Any]:
    """A DSSE object, signed by the mirror's sighting key."""
    payload = sighting.encode()
    signature = key.sign(pae(payload, payload_type))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {
                "keyid": Verifier(sighting.mirror, key.public).encode(),
                "sig": base64.b64encode(signature).decode(),
            }
        ],
    }


def open_sighting(document: Mapping[str, Any], mirror: Verifier) -> Sighting:
    """What `mirror` says it saw; raises `SightingRefused` or one of its kinds."""
    payload, signature = _opened(document)
    sighting = _read(payload)
    if sighting.mirror != mirror.name or not mirror.key.verifies(
        signature, pae(payload, payload_type)
    ):
        raise SightingWrongKey(f"it speaks for {sighting.mirror}, the key given is {mirror.name}'s")
    return sighting


def peek_sighting(document: Mapping[str, Any]) -> Sighting:
    """What it says, and nobody vouches for; raises `SightingRefused`."""
    return _read(_opened(document)[0])


def _opened(document: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Payload and signature of a DSSE object with one signature and no other members."""
    if document.keys() != {"payload", "payloadType", "signatures"}:
        raise SightingRefused("it has payload, payloadType and signatures, and no other members")
    if document["payloadType"] != payload_type:
        raise SightingRefused(f"payloadType must be {payload_type}")
    rows = document["signatures"]
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise SightingRefused("it bears one signature")
    if rows[0].keys() != {"keyid", "sig"} or not isinstance(rows[0]["keyid"], str):
        raise SightingRefused("its signature has keyid and sig, and no other members")
    shown = document["payload"]
    if isinstance(shown, str) and len(shown) > sighting_bytes_max:
        raise SightingTooLarge(f"its payload has at most {sighting_bytes_max} characters")
    try:
        return strict_base64(shown, "payload"), strict_base64(rows[0]["sig"], "sig")
    except EntryMalformed as error:
        raise SightingRefused(error.detail) from None


def _read(payload: bytes) -> Sighting:
    try:
        return _checked(canonical.decode_object(payload))
    except canonical.NotCanonical as error:
        raise SightingRefused(error.detail) from None


def _checked(members: Mapping[str, Any]) -> Sighting:
    try:
        sighting = Sighting.model_validate(members)
        from_instant(sighting.time)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise SightingRefused(f"{where or 'a member'} is not in its form") from None
    except ValueError:
        raise SightingRefused("time is no date and time") from None
    if not is_key_name(sighting.mirror):
        raise SightingRefused("mirror is a name without spaces and plus")
    return sighting
