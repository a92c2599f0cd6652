"""How what goes along with a prefix is summed up.

A record's digest is SHA-256(RFC 8785 of [kind, name, part, document]). A batch is SHA-256(salt ‖ digests). The
chain begins with 32 zero bytes: chain' = SHA-256(chain ‖ batch). The batches come in from the last one to the
first, so that each proves itself against the chain that the other log stated, and the zeros end it.

A batch secret is committed to by SHA-256("tallystick/batch-key/v1\n" ‖ K): K has 256 random bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.ledger import Document, State, canonical

no_chain = bytes(32).hex()
key_label = b"tallystick/batch-key/v1\n"
#: (kind, name, part, document as it goes along)
Named = tuple[str, str, str, Document]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where records come from, and who answers for them here if their owner is not registered here.

    `since`: the entry by which the prefix arrived.
    """

    prefix: str
    origin: str
    url: str
    holder: str
    since: int = 0

    def owner(self, state: State, told: object) -> str:
        """The owner, if registered here."""
        known = isinstance(told, str) and state.get("organisation", told) is not None
        return cast(str, told) if known else self.holder

    def whence(self, document: Document, **more: Any) -> dict[str, Any]:
        """`from` of what came along: the log, and since which entry of it this stood so."""
        return {"origin": self.origin, "since": document["since"], **more}


def digest(kind: str, name: str, part: str, document: Document) -> str:
    """Hex SHA-256 of a document with its place."""
    return hashlib.sha256(canonical.encode([kind, name, part, document])).hexdigest()


def chained(chain: str, salt: str, digests: Iterable[str]) -> str:
    """The chain after a batch."""
    batch = hashlib.sha256(bytes.fromhex(salt + "".join(digests))).digest()
    return hashlib.sha256(bytes.fromhex(chain) + batch).hexdigest()


def committed(key: bytes) -> str:
    """Hex; by which the secret of a batch is known when it arrives."""
    return hashlib.sha256(key_label + key).hexdigest()


def secrets_of(told: Iterable[tuple[str, str | None]]) -> str:
    """Hex SHA-256 of RFC 8785 of [[batch, commitment or null], …] in order: what the log says of batch secrets."""
    return hashlib.sha256(canonical.encode([[name, known] for name, known in told])).hexdigest()


def document_of(text: str) -> Document:
    """Raises `MoveRefused`."""
    try:
        found = canonical.decode(text.encode())
    except (canonical.NotCanonical, UnicodeError) as error:
        raise MoveRefused(f"a document is RFC 8785 JSON: {error}") from None
    if not isinstance(found, dict):
        raise MoveRefused("a document is an object")
    return found


def modelled(model: type[Any], document: Document) -> Any:
    """A document by its model; raises `MoveRefused`."""
    try:
        return model.model_validate_json(canonical.encode(cast(Mapping[str, Any], document)))
    except ValidationError as error:
        wrong = error.errors()[0]
        raise MoveRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
