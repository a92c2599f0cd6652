"""The audit without rules: form and signatures of every entry, bodies, the tree, and nothing that needs a state.

A signature counts if it is by a key that an entry up to there registers; whether the key was valid, and whether
the entry was allowed, is not asked. A reader who may not read everything can do this much: what is withheld is
counted, and its place in the tree is taken from the tiles.
"""

from __future__ import annotations

import hashlib
import marshal
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tallystick.ledger import merkle, system, tiles
from tallystick.ledger.auditing.looking import error_mark, rows_mark
from tallystick.ledger.auditing.pieces import Piece
from tallystick.ledger.entry import Envelope, pae
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.governance import epoch_type, policy_type, rules_type
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.verify import Admit, SignatureInvalid, check_signature

chain_types = (system.genesis_type, policy_type, rules_type, epoch_type)

#: (what, expected, found, index) of a finding.
Fault = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a piece showed. `roots` are those of the full tiles in it, by number.

    `registering`: (index, type, leaf, salt, body) of entries that name keys or governance;
    `late`: (index, leaf) of entries signed by a key that was not known yet.
    """

    hashes: bytes
    roots: Mapping[int, bytes]
    blocks: list[int]
    registering: list[tuple[int, str, bytes, bytes, bytes]]
    late: list[tuple[int, bytes]]
    signatures: int
    withheld: int
    bodies: int
    bodies_withheld: int
    fault: Fault | None


def look_at_signatures(
    piece: Piece, keys: Mapping[str, PublicKey], _admit: Admit | None, rules: RuleSet
) -> bytes:
    """What `unpack_seen` reads."""
    try:
        return rows_mark + marshal.dumps(_Looking(piece, keys, rules).look())
    except TallystickError as error:
        return error_mark + pickle.dumps(error)


def unpack_seen(packed: bytes) -> Seen:
    """Raises what was raised while the piece was read."""
    if packed[:1] == error_mark:
        raise pickle.loads(packed[1:])
    return Seen(*marshal.loads(packed[1:]))


class _Looking:
    """One piece, entry after entry."""

    def __init__(self, piece: Piece, keys: Mapping[str, PublicKey], rules: RuleSet) -> None:
        self._piece, self._keys = piece, keys
        named = {name for name, one in rules.types.items() if one.introduces is not None}
        self._registering_types = named.union(chain_types)
        self._rules = rules
        self._hashes: list[bytes] = []
        self._blocks: list[int] = []
        self._registering: list[tuple[int, str, bytes, bytes, bytes]] = []
        self._late: list[tuple[int, bytes]] = []
        self._signatures = self._withheld = self._bodies = self._bodies_withheld = 0

    def look(self) -> tuple[Any, ...]:
        fault = self._fault()
        roots = {} if fault else dict(self._roots())
        return (
            b"".join(self._hashes), roots, self._blocks, self._registering, self._late,
            self._signatures, self._withheld, self._bodies, self._bodies_withheld, fault,
        )  # fmt: skip

    def _fault(self) -> Fault | None:
        index = self._piece.start
        for row in self._piece.rows(self._rules):
            if row.index != index:
                return "entry", f"entry {index}", f"entry {row.index}", index
            found = self._one(row)
            if found is not None:
                return (*found, index)
            index += 1
        if index < self._piece.end:
            return "entry", f"entry {index}", "nothing", index
        return None

    def _one(self, row: Record) -> tuple[str, str, str] | None:
        """What is wrong with an entry."""
        if not row.leaf:
            return self._hidden(row)
        leaf_hash = hashlib.sha256(b"\x00" + row.leaf).digest()
        self._hashes.append(leaf_hash)
        try:
            envelope = Envelope.parse(row.leaf)
            payload: Any = orjson.loads(envelope.payload)
            kind, told_hash = payload["type"], payload["body_hash"]
        except TallystickError as error:
            return "leaf", "a well-formed, signed entry", error.diagnosis()
        except (ValueError, TypeError, KeyError):
            return "leaf", "a well-formed, signed entry", "a payload that cannot be read"
        if row.body is None or row.salt is None:
            self._bodies_withheld += 1
        elif hashlib.sha256(row.salt + row.body).hexdigest() != told_hash:
            return "body", f"a body of hash {told_hash}", "another one"
        else:
            self._bodies += 1
            if kind in self._registering_types:
                self._registering.append((row.index, kind, row.leaf, row.salt, row.body))
        if kind == system.block_type:
            self._blocks.append(row.index)
        if row.told is not None and len(row.told) > 1:
            wrong = _columns(row.told, payload, envelope.payload, leaf_hash)
            if wrong is not None:
                return wrong
        return self._signed(row.index, row.leaf, envelope)

    def _signed(self, index: int, leaf: bytes, envelope: Envelope) -> tuple[str, str, str] | None:
        message = pae(envelope.payload)
        for signature in envelope.signatures:
            key = self._keys.get(signature.keyid)
            try:
                if key is None:
                    raise SignatureInvalid(signature.keyid)
                check_signature(signature, key, message)
            except TallystickError:
                # By a key that comes later in the log, or not at all: whoever knows the order says.
                self._late.append((index, leaf))
                return None
        self._signatures += len(envelope.signatures)
        return None

    def _hidden(self, row: Record) -> tuple[str, str, str] | None:
        """An entry that this reader may not see: its hash is where the tile has it."""
        tile = self._piece.leaf_tile(row.index // tiles.width) or b""
        start = row.index % tiles.width * tiles.hash_bytes
        found = tile[start : start + tiles.hash_bytes]
        if len(found) != tiles.hash_bytes:
            return "tile", f"a hash of entry {row.index}", "nothing"
        self._hashes.append(found)
        self._withheld += 1
        self._bodies_withheld += 1
        return None

    def _roots(self) -> Iterator[tuple[int, bytes]]:
        """Of each full tile that lies in the piece."""
        first, width = self._piece.start, tiles.width
        for n in range(-(-first // width), (first + len(self._hashes)) // width):
            low = n * width - first
            yield n, merkle.subtree_root(b"".join(self._hashes[low : low + width]))


def _columns(
    told: tuple[Any, ...], payload: Any, signed: bytes, leaf_hash: bytes
) -> tuple[str, str, str] | None:
    """A store's columns, as far as they repeat what was signed."""
    get, payload_hash = payload.get, hashlib.sha256(signed).digest()
    own = (get("author"), get("id"), get("type"), get("seq"), payload_hash, leaf_hash)
    if own == (*told[:4], *told[7:]):
        return None
    author, entry_id, kind, seq, _outcome, _code, _time, payload_hash, found = told
    for name, column, expected in (
        ("author", author, payload.get("author")),
        ("id", entry_id, payload.get("id")),
        ("type", kind, payload.get("type")),
        ("seq", seq, payload.get("seq")),
        ("payload_hash", payload_hash, hashlib.sha256(signed).digest()),
        ("leaf_hash", found, leaf_hash),
    ):
        if column != expected:
            return f"column {name}", _shown(expected), _shown(column)
    return None


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
