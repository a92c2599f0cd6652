"""A mirror's answer to erasures: signed, by its statement key, never by the one that cosigns (ADR 0026).

A DSSE object of type `application/vnd.tallystick.erasure+json`: of the first `size` entries the mirror has
applied all `erased` erasures, which hash, in the order of the log, to `list`; up to `scrubbed` its database's
own files were scrubbed too. It rests on the mirror's word: that nobody kept a copy cannot be proven.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from tallystick.ledger import canonical
from tallystick.ledger.entry import pae
from tallystick.ledger.erasure.errors import ErasureStatementRefused
from tallystick.ledger.erasure.found import Erasure
from tallystick.ledger.fields import Body, Count, Hex32, Instant
from tallystick.ledger.forms import EntryMalformed, strict_base64
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import NoteRefused, Verifier, name_bytes_max

payload_type = "application/vnd.tallystick.erasure+json"
statement_chars_max = 4096
_name = Annotated[str, Field(min_length=1, max_length=name_bytes_max)]


class ErasureStatement(Body):
    """`reader`: the organisation of an own mirror, empty for a full one."""

    v: Literal[1] = 1
    mirror: _name
    origin: _name
    scope: Literal["full", "own"]
    reader: Annotated[str, Field(max_length=300)]
    size: Count
    erased: Count
    list: Hex32
    scrubbed: Count
    time: Instant

    def sign(self, key: PrivateKey) -> dict[str, Any]:
        """A DSSE object."""
        payload = self.encode()
        signature = key.sign(pae(payload, payload_type))
        return {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [
                {
                    "keyid": Verifier(self.mirror, key.public).encode(),
                    "sig": base64.b64encode(signature).decode(),
                }
            ],
        }

    def sentence(self) -> str:
        """What it says, for people."""
        said = (
            f"{self.mirror} has destroyed its copies of all {self.erased:,} attachments erased in the "
            f"first {self.size:,} entries of {self.origin}"
        )
        if self.scrubbed >= self.size:
            return f"{said}, and scrubbed its database's files."
        return f"{said}; its database's files were scrubbed up to {self.scrubbed:,}."


@dataclass(frozen=True, slots=True)
class Opened:
    """A statement, and the key (vkey) by which it is signed. Whose key that is, is the reader's to know."""

    statement: ErasureStatement
    verifier: Verifier


def list_hash(erasures: Iterable[Erasure]) -> str:
    """Hex SHA-256 of RFC 8785 of [[index, entry, hash], …] in the order of the log."""
    rows = sorted([one.index, one.entry, one.hash] for one in erasures)
    return hashlib.sha256(canonical.encode(rows)).hexdigest()


def open_erasure_statement(document: Mapping[str, Any]) -> Opened:
    """Raises `ErasureStatementRefused` unless the key that it names signed it, and the name is the mirror's."""
    if document.keys() != {"payload", "payloadType", "signatures"}:
        raise ErasureStatementRefused("it has payload, payloadType and signatures alone")
    if document["payloadType"] != payload_type:
        raise ErasureStatementRefused(f"payloadType must be {payload_type}")
    rows = document["signatures"]
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise ErasureStatementRefused("it bears one signature")
    if rows[0].keys() != {"keyid", "sig"} or not isinstance(rows[0]["keyid"], str):
        raise ErasureStatementRefused("its signature has keyid and sig alone")
    shown = document["payload"]
    if isinstance(shown, str) and len(shown) > statement_chars_max:
        raise ErasureStatementRefused(f"its payload has at most {statement_chars_max} characters")
    try:
        payload, signature = strict_base64(shown, "payload"), strict_base64(rows[0]["sig"], "sig")
        verifier = Verifier.parse(rows[0]["keyid"])
        statement = ErasureStatement.model_validate(canonical.decode_object(payload))
    except (EntryMalformed, NoteRefused, canonical.NotCanonical) as error:
        raise ErasureStatementRefused(error.detail) from None
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise ErasureStatementRefused(f"{where or 'a member'} is not in its form") from None
    if statement.mirror != verifier.name:
        raise ErasureStatementRefused(f"it speaks for {statement.mirror}, not {verifier.name}")
    if not verifier.key.verifies(signature, pae(payload, payload_type)):
        raise ErasureStatementRefused(f"it is not signed by {verifier.encode()}")
    if (statement.scope == "own") != bool(statement.reader) or statement.scrubbed > statement.size:
        raise ErasureStatementRefused("scope, reader and sizes do not agree")
    return Opened(statement, verifier)
