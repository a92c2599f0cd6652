"""Looking at a piece of the log without any state: form, signatures, hashes, bodies, attachments, columns.

This is most of an audit's work, and it is done in other processes. They read their piece themselves; what goes
back is packed small: what the rules need, and never an attachment that was found to be in order.
"""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.ledger.auditing.pieces import Piece
from tallystick.ledger.entry import Attachment, Entry, Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.verify import Admit, Verified, verify

Keys = Mapping[str, PublicKey]
#: First byte of what goes back.
rows_mark, error_mark = b"R", b"E"
_seen = Attachment("", b"", b"")


def look(piece: Piece, keys: Keys, admit: Admit | None, rules: RuleSet) -> bytes:
    """What `unpack` reads; a damaged source comes back as the error that it raised."""
    try:
        packed = [_packed(row, keys, admit) for row in piece.rows(rules)]
    except TallystickError as error:
        return error_mark + pickle.dumps(error)
    return rows_mark + marshal.dumps(packed)


def unpack(packed: bytes, keys: Keys) -> Iterator[tuple[Record, Verified | None]]:
    """Each row, and what was verified; None: the process that audits looks itself. Raises what was raised."""
    if packed[:1] == error_mark:
        raise pickle.loads(packed[1:])
    for found in marshal.loads(packed[1:]):
        if len(found) == _raw_members:
            index, leaf, salt, body, attachments, told, gone, withheld, unseen = found
            whole = tuple(Attachment(*one) for one in attachments)
            yield Record(index, leaf, salt, body, whole, told, gone, withheld, unseen), None
            continue
        (
            index,
            entry,
            payload,
            leaf_hash,
            used,
            admitted,
            body_checked,
            salt,
            body,
            digests,
            told,
            gone,
            unseen,
        ) = found
        verified = Verified(
            b"",
            Entry(*entry),
            payload,
            leaf_hash,
            tuple([(reference, keys[reference]) for reference in used]),
            "admitted" if admitted else "unchecked",
            body_checked,
        )
        some = (_seen,) * len(digests)
        yield (
            Record(index, b"", salt, body, some, told, gone, unseen=unseen, digests=digests),
            verified,
        )


_raw_members = 9


def _packed(row: Record, keys: Keys, admit: Admit | None) -> tuple[Any, ...]:
    if not row.leaf or row.body is None or row.salt is None or row.withheld:
        return _raw(row)
    found = verify(Submission(row.leaf, row.body, row.salt, row.attachments), keys, admit)
    if not isinstance(found, Verified):
        return _raw(row)
    admitted = found.admission == "admitted"
    if row.attachments and not admitted:
        return _raw(row)
    e = found.entry
    told = row.told
    if told is not None and len(told) == _columns:
        own = (e.author, e.id, e.type, e.seq, found.payload_hash, found.leaf_hash)
        if own == (*told[:4], *told[7:]):
            told = told[4:7]
    return (
        row.index,
        (e.origin, e.type, e.author, e.id, e.time, e.body_hash, e.expires, e.fields_root, e.seq, e.prev),
        found.payload_hash,
        found.leaf_hash,
        [reference for reference, _ in found.keys],
        admitted,
        found.body_checked,
        row.salt,
        row.body,
        tuple(one.hash() for one in row.attachments),
        told,
        row.gone,
        row.unseen,
    )  # fmt: skip


#: Of a store's row of an entry, without index and leaf.
_columns = 9


def _raw(row: Record) -> tuple[Any, ...]:
    attachments = [(one.type, one.data, one.salt, one.grade) for one in row.attachments]
    return (
        row.index, row.leaf, row.salt, row.body, attachments, row.told, row.gone, row.withheld,
        row.unseen,
    )  # fmt: skip
