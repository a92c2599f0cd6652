"""One run of an audit without rules: pieces come back from the crew, and the tree grows here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from tallystick.ledger import merkle, tiles
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.run import Earlier, Pieces, Progress, save_every_s
from tallystick.ledger.auditing.signatures import (
    Seen,
    chain_types,
    look_at_signatures,
    unpack_seen,
)
from tallystick.ledger.entry import Envelope, pae
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.reach import ChainEntry, Pinned, reach
from tallystick.ledger.replay import NotSound, flush_entries
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.state import State
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.tiles import TileBuilder
from tallystick.ledger.verify import check_signature

_chain, _keys = "chain", "registering"


@dataclass
class SignatureTally:
    """What was looked at, and what was not shown."""

    signatures: int = 0
    signatures_unknown: int = 0
    blocks: int = 0
    bodies: int = 0
    withheld: int = 0
    bodies_withheld: int = 0
    unchecked: list[int] = field(default_factory=list)

    def count(self, seen: Seen) -> None:
        self.signatures += seen.signatures
        self.blocks += len(seen.blocks)
        self.bodies += seen.bodies
        self.withheld += seen.withheld
        self.bodies_withheld += seen.bodies_withheld


@dataclass
class Unruled:
    """A log as far as it was gone through. What it keeps is in the scratch file."""

    rules: RuleSet
    scratch: Scratch
    keys: dict[str, PublicKey] = field(default_factory=dict)
    tally: SignatureTally = field(default_factory=SignatureTally)
    block_size: int = 0
    _others: dict[str, list[PublicKey]] = field(default_factory=dict)
    _state: State | None = None
    _flushed: int = 0
    _blocks: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.scratch.where() or {"size": 0, "frontier": "", "block_size": 0, "tally": {}}
        frontier = merkle.Frontier.decode(told["size"], bytes.fromhex(told["frontier"]))
        self.tiles = TileBuilder(frontier, self.scratch.tile)
        self.block_size, self.tally = told["block_size"], SignatureTally(**told["tally"])
        self._flushed = self.size
        for _, kind, _, value in self._kept(_keys):
            self._introduce(kind, orjson.loads(value)["body"].encode())

    @property
    def size(self) -> int:
        return self.tiles.frontier.size

    @property
    def state(self) -> State:
        """What genesis and the acts of governance say; raises `NotSound`."""
        if self._state is None:
            chain = [_chain_entry(name, value) for _, name, _, value in self._kept(_chain)]
            if not chain:
                raise NotSound("entry", "a genesis", "nothing", 0)
            try:
                self._state = reach(Pinned(genesis=chain[0].leaf_hash), chain).state
            except TallystickError as error:
                raise NotSound("governance", "a chain that holds", error.diagnosis()) from None
        return self._state

    def is_block_end(self, size: int) -> bool:
        return self.scratch.block_root(size) is not None

    def root_at(self, size: int) -> bytes | None:
        if not 0 < size <= self.size:
            return None
        found = self.scratch.block_root(size)
        return found or merkle.tree_root(tiles.node_reader(self.scratch.tile), size)

    def take(self, start: int, seen: Seen) -> None:
        """One more piece; raises `NotSound`."""
        registered = {row[0]: row for row in seen.registering}
        late = dict(seen.late)
        for index in sorted({*registered, *late}):
            if index in registered:
                self._register(*registered[index])
            if index in late:
                self._verify(
                    index, late[index], some_hidden=bool(self.tally.withheld + seen.withheld)
                )
        if seen.fault is not None:
            what, expected, found, index = seen.fault
            raise NotSound(what, expected, found, index)
        self._grow(start, seen)
        self.tally.count(seen)
        if self.size - self._flushed >= flush_entries:
            self.flush()

    def flush(self) -> None:
        touched = self.tiles.touched
        self.scratch.put("tile", [(*tile, bytes(data)) for tile, data in touched.items()])
        full = tiles.width * tiles.hash_bytes
        for tile in [tile for tile, data in touched.items() if len(data) == full]:
            del touched[tile]
        self.scratch.put("block", self._blocks)
        self._blocks = []
        self._flushed = self.size

    def save(self, earlier: Earlier, sound: int | None = None) -> None:
        self.flush()
        self.scratch.save(
            {
                "kind": earlier.kind,
                "genesis": earlier.genesis,
                "sound": earlier.sound if sound is None else sound,
                "size": self.size,
                "frontier": self.tiles.frontier.encode().hex(),
                "block_size": self.block_size,
                "tally": asdict(self.tally),
            }
        )

    def _grow(self, start: int, seen: Seen) -> None:
        """The tree, tile by tile where tiles are whole; the root is kept at each block."""
        ends = {index + 1 for index in seen.blocks}
        at, end, width = start, start + len(seen.hashes) // tiles.hash_bytes, tiles.width
        while at < end:
            low = (at - start) * tiles.hash_bytes
            root = seen.roots.get(at // width) if at % width == 0 else None
            many = width if root is not None else 1
            hashes = seen.hashes[low : low + many * tiles.hash_bytes]
            if root is None:
                self.tiles.append(hashes)
                if at + 1 in ends:
                    self._blocks.append((at + 1, self.tiles.frontier.root()))
            else:
                self._blocks += _roots_inside(self.tiles.frontier, hashes, ends)
                self.tiles.append_tile(hashes, root)
            at += many
        self.block_size = max([self.block_size, *ends])

    def _register(self, index: int, kind: str, leaf: bytes, salt: bytes, body: bytes) -> None:
        """Keep what an entry registers; the state file needs it again."""
        told = {"body": body.decode("utf-8", "replace")}
        if kind in chain_types:
            told |= {"leaf": leaf.decode("utf-8", "replace"), "salt": salt.hex()}
            rows = [(_chain, f"{index:016d}", "", orjson.dumps(told).decode())]
            self.scratch.put("document", rows)
        if self._introduce(kind, body):
            rows = [(_keys, kind, f"{index:016d}", orjson.dumps(told).decode())]
            self.scratch.put("document", rows)

    def _introduce(self, kind: str, body: bytes) -> bool:
        entry_type = self.rules.types.get(kind)
        if entry_type is None or entry_type.introduces is None:
            return False
        try:
            found = entry_type.introduces(self.rules.parse_body(kind, body))
        except TallystickError:
            return False
        for reference, public in found.items():
            self._others.setdefault(reference, []).append(public)
            self.keys.setdefault(reference, public)
        return True

    def _verify(self, index: int, leaf: bytes, *, some_hidden: bool) -> None:
        """Once more, with all keys that are known by now."""
        envelope = Envelope.parse(leaf)
        message = pae(envelope.payload)
        for signature in envelope.signatures:
            known = self._others.get(signature.keyid, [])
            if not known and some_hidden:
                self.tally.signatures_unknown += 1
                continue
            for key in known:
                try:
                    check_signature(signature, key, message)
                    break
                except SuiteLacking:
                    self._note_unchecked(index)
                    self.tally.signatures -= 1
                    break
                except TallystickError:
                    continue
            else:
                expected = "a signature by a key that an entry up to here registers"
                raise NotSound("signature", expected, f"that of {signature.keyid}", index)
            self.tally.signatures += 1

    def _note_unchecked(self, index: int) -> None:
        if self.tally.unchecked[-1:] != [index]:
            self.tally.unchecked.append(index)

    def _kept(self, kind: str) -> list[Any]:
        return [row for row in self.scratch.rows("document") if row[0] == kind]


def go_through(
    run: Unruled, crew: Crew, source: Pieces, earlier: Earlier, progress: Progress | None = None
) -> None:
    """From where the run is to the end; raises `NotSound`, or what the source raises."""
    saved = time.monotonic_ns()
    for piece, packed in crew.run(look_at_signatures, source.pieces(run.size), run.keys):
        run.take(piece.start, unpack_seen(packed))
        if progress:
            progress(run.size, source.size)
        if run.scratch.path and time.monotonic_ns() - saved > save_every_s * 10**9:
            run.save(earlier)
            saved = time.monotonic_ns()
    run.flush()


def _chain_entry(name: str, value: str) -> ChainEntry:
    told: Mapping[str, str] = orjson.loads(value)
    salt = bytes.fromhex(told["salt"])
    return ChainEntry(int(name), told["leaf"].encode(), told["body"].encode(), salt)


def _roots_inside(
    before: merkle.Frontier, hashes: bytes, ends: set[int]
) -> list[tuple[int, bytes]]:
    """The root at each of `ends` that lies in the tile behind `before`."""
    if not ends.intersection(range(before.size + 1, before.size + tiles.width + 1)):
        return []
    frontier, found = before.copy(), list[tuple[int, bytes]]()
    for low in range(0, len(hashes), tiles.hash_bytes):
        frontier.append(hashes[low : low + tiles.hash_bytes])
        if frontier.size in ends:
            found.append((frontier.size, frontier.root()))
    return found
