"""What another log has said about a prefix: its checkpoint by a pinned key, and an entry under it.

The entries asked for are such as a log never records when its rule refuses them: one without a stream that is in
the tree was taken into effect.
"""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

from pydantic import ValidationError

from tallystick.identity.prefixes.bodies import Proven
from tallystick.identity.prefixes.errors import ArrivalRefused
from tallystick.ledger import (
    Body,
    Checkpoint,
    Entry,
    Envelope,
    TallystickError,
    Verifier,
    body_hash,
    leaf_hash,
    open_checkpoint,
    verify_inclusion,
)

leave_type, carried_type = "identity.prefix.leave/1", "identity.prefix.carried/1"
decline_type = "identity.prefix.decline/1"
B = TypeVar("B", bound=Body)


def source_of(checkpoint: str, log_key: str) -> Checkpoint:
    """Raises `ArrivalRefused`."""
    try:
        return open_checkpoint(checkpoint, Verifier.parse(log_key))
    except TallystickError as error:
        raise ArrivalRefused(error.detail) from None


def proven(told: Proven, source: Checkpoint, entry_type: str, model: type[B]) -> B:
    """The body of an entry that the other log took into effect. Its signatures its operator has checked."""
    salt, body = bytes.fromhex(told.salt), told.body.encode()
    try:
        leaf = base64.b64decode(told.envelope, validate=True)
        entry = Entry.parse(Envelope.parse(leaf).payload)
        path = [bytes.fromhex(node) for node in told.path]
        verify_inclusion(leaf_hash(leaf), told.index, source.size, path, source.root)
        if entry.origin != source.origin or entry.type != entry_type:
            raise ArrivalRefused(f"entry {told.index} is a {entry.type} of {entry.origin}")
        if entry.seq is not None or body_hash(salt, body) != entry.body_hash:
            raise ArrivalRefused(f"entry {told.index} has another body, or may have been refused")
        return model.model_validate_json(body)
    except (binascii.Error, ValidationError) as error:
        raise ArrivalRefused(f"entry {told.index}: {error}") from None
    except ArrivalRefused:
        raise
    except TallystickError as error:
        raise ArrivalRefused(f"entry {told.index}: {error.detail}") from None
