"""Reading the log: entries, bodies for whom they are, tiles, checkpoints, proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from tallystick.ledger import merkle, tiles
from tallystick.ledger.checkpoint import ProofFile
from tallystick.ledger.entry import Attachment
from tallystick.ledger.erasure import AttachmentMissing, Erasure, Kept, erased_of, kept_statements
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.finality import Finality, cosigned_note, read_finality
from tallystick.ledger.governance import act_indexes, log_policy
from tallystick.ledger.grading import Mark
from tallystick.ledger.heads import HeadAt, require_name
from tallystick.ledger.marking import Marked, Marking
from tallystick.ledger.reach import ChainEntry
from tallystick.ledger.readers import NotReadable, Reader
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import (
    Accepted,
    AnchorRow,
    Beside,
    EntryRow,
    Held,
    Store,
    StoredView,
    Transaction,
    accepted,
    head_at,
    stretch,
)
from tallystick.ledger.witness.policy import Policy

entries_page_max = 200


class NotSealed(TallystickError):
    code = "not-sealed"
    status = 409
    title = "No checkpoint covers this entry yet"
    advice = "Ask again in two seconds."


class NotAnchored(TallystickError):
    code = "not-anchored"
    status = 409
    title = "No confirmed anchor covers this entry"
    advice = (
        "Ask again after the next anchor; `/log/finality` says up to where the log is anchored."
    )


class IndexUnknown(TallystickError):
    code = "index-unknown"
    status = 404
    title = "The log has no entry at this index"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An entry with what a reader may see of it.

    `in_bulk`: also its envelope together with others; `withheld`: hashes of attachments that are not shown.
    Those in `attachments` are sealed until they are opened. `masked`: the body with some fields masked, for those
    who may not have it as it was signed; it proves nothing.
    """

    row: EntryRow
    body: bytes | None
    salt: bytes | None
    attachments: tuple[Held, ...]
    parties: tuple[str, ...]
    in_bulk: bool
    withheld: tuple[str, ...]
    masked: bytes | None = None


class LogReader:
    """Everything that is read from one log, in one snapshot per call of `open`."""

    def __init__(self, store: Store, rules: RuleSet) -> None:
        self._store = store
        self._rules = rules

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        with self._store.read() as transaction:
            yield Snapshot(transaction, self._rules)

    @property
    def is_beside(self) -> bool:
        """Whether the store is a file on this machine: then the end of a snapshot waits for nobody."""
        return self._store.dialect == "sqlite"


class Snapshot:
    """One consistent view of log and state."""

    def __init__(self, transaction: Transaction, rules: RuleSet) -> None:
        self._transaction = transaction
        self._rules = rules
        self.view = StoredView(transaction, rules)
        self._marking = Marking(rules, self.view)

    def size(self) -> int:
        return self._transaction.size()

    def expect(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Documents, by kind and names, that will be asked of the view, each once: they are read together."""
        self.view.expect(wanted)

    def checkpoint(self, size: int | None = None) -> tuple[int, str] | None:
        """(size, note) of the newest checkpoint, or the one of `size`, with the cosignatures that it has."""
        return self._cosigned(self._transaction.checkpoint(size))

    def checkpoint_of(self, size: int) -> str | None:
        """The note of the checkpoint of exactly `size`, with the cosignatures that it has."""
        found = self._cosigned(self._transaction.checkpoint(size))
        return found[1] if found else None

    def final_checkpoint(self) -> tuple[int, str] | None:
        """(size, note) of the newest checkpoint that is final; None also under the policy `none`."""
        if self.policy().is_none:
            return None
        size = self._transaction.cosignatures.newest_final()
        return self._cosigned(self._transaction.checkpoint(size)) if size else None

    def published_checkpoint(self) -> tuple[int, str] | None:
        """The checkpoint to show the world: the newest final one, and the newest while none is."""
        return self.final_checkpoint() or self.checkpoint()

    def anchor(self, size: int | None = None) -> AnchorRow | None:
        """The confirmed anchor of the checkpoint of this size, by default the newest that has one."""
        return self._transaction.anchors.confirmed(size)

    def anchor_covering(self, index: int) -> AnchorRow | None:
        """The first confirmed anchor of a checkpoint that covers an entry."""
        return self._transaction.anchors.covering(index)

    def anchored_proof(self, index: int) -> tuple[AnchorRow, ProofFile]:
        """The first confirmed anchor that covers an entry, and its proof under that checkpoint."""
        row = self.anchor_covering(index)
        note = None if row is None else self.checkpoint_of(row.size)
        if row is None or note is None:
            self.row(index)
            raise NotAnchored(str(index))
        return row, ProofFile(index, tuple(self._path(index, row.size)), note)

    def finality(self) -> Finality:
        """How far the log is final, and why not further."""
        return read_finality(self._transaction, self.view)

    def policy(self) -> Policy:
        """The policy by which the newest checkpoint is judged."""
        newest = self._transaction.checkpoint()
        return log_policy(self.view, newest[0] if newest else None)

    def chain(self) -> list[ChainEntry]:
        """Genesis and every act of governance, for `reach`; all of them are public."""
        found: list[ChainEntry] = []
        for index in act_indexes(self.view):
            row, body = self.row(index), self._transaction.body(index)
            found.append(
                ChainEntry(index, row.leaf, body.data if body else b"", body.salt if body else b"")
            )
        return found

    def head(self, kind: str, name: str, size: int | None = None) -> HeadAt:
        """What the checkpoint of this size, by default the newest, proves of a name (formats §3, `heads`).

        Whoever serves it to others asks first whether they may know of the name. Raises `HeadsUnknown`,
        or `HeadNameRefused` for a name that the log would write otherwise.
        """
        require_name(kind, name)
        return head_at(self._transaction, kind, name, size)

    def row(self, index: int) -> EntryRow:
        row = self._transaction.entry(index)
        if row is None:
            raise IndexUnknown(str(index))
        return row

    def time_of(self, index: int) -> str:
        """The ledger time of an entry."""
        time = self._transaction.time_of(index)
        if time is None:
            raise IndexUnknown(str(index))
        return time

    def row_by_id(self, author: str, entry_id: str) -> EntryRow:
        row = self._transaction.entry_by_id(author, entry_id)
        if row is None:
            raise IndexUnknown(f"{entry_id} by {author}")
        return row

    def stored(self, index: int) -> tuple[EntryRow, bytes] | None:
        """An entry with its body, for whoever judges by it; None where either is not held."""
        row, body = self._transaction.entry(index), self._transaction.body(index)
        return None if row is None or body is None else (row, body.data)

    def ledger_time(self) -> str:
        """The time of the newest block; empty before the first (formats §4)."""
        block = cast(Mapping[str, str] | None, self.view.get("log", "block"))
        return "" if block is None else block["time"]

    def known(self, ids: Sequence[str]) -> dict[tuple[str, str], EntryRow]:
        """Entries under these ids, by (author, id)."""
        return self._transaction.known_ids(ids)

    def stream(self, author: str) -> tuple[int, str] | None:
        """(last seq, payload hash of it) of an author; None before its first entry."""
        return self._transaction.stream(author)

    def recent(self, before: int | None = None, limit: int = 50) -> list[EntryRow]:
        """Newest first, below `before`."""
        end = self.size() if before is None else max(0, min(before, self.size()))
        rows = self._transaction.entries(max(0, end - min(limit, entries_page_max)), end)
        return list(rows)[::-1]

    def of_party(self, party: str, start: int, end: int, limit: int) -> list[EntryRow]:
        """Entries of [start, end) that an organisation is a party of, oldest first."""
        return self._transaction.entries_at(
            self._transaction.party_entries_from(party, start, end, limit)
        )

    def parties(self, index: int) -> list[str]:
        """The parties of an entry, for whoever may read it."""
        return self._transaction.parties(index)

    def disclose(self, index: int, reader: Reader) -> Disclosed:
        """The entry with body and attachments as far as `reader` may read them."""
        row = self.row(index)
        parties = tuple(self._transaction.parties(index))
        body, attachments = self._transaction.body(index), self._transaction.attached.of(index)
        return self._disclosed(Beside(row, body, parties, tuple(attachments)), reader)

    def attachment_mark(self, found: Disclosed, held: Held) -> Mark:
        """Class and grade of an attachment as they are now."""
        return self._marking.of(found.row, found.parties).attachment(held.digest, held.grade)

    def raised(self, said: Iterable[tuple[str, str]]) -> Iterator[Mark]:
        """Marks that organisations gave their entries of these types since (`Reader.grading`)."""
        return self._marking.raised(said)

    def erased(self, index: int) -> list[Erasure]:
        """What was erased of an entry; public, as the entries that erased it are."""
        return [*erased_of(self.view, index).values()]

    def erased_entries(self) -> set[int]:
        """Entries of which something was erased."""
        return {index for index, _, _ in self._transaction.attached.erasures()}

    def erasures(self, after: int = -1, limit: int = entries_page_max) -> list[Erasure]:
        """Those that stand behind index `after`, in the order of the log."""
        rows = (Erasure.of(*row) for row in self._transaction.attached.erasures())
        found = sorted((one for one in rows if one.index > after), key=lambda one: one.index)
        return found[:limit]

    def erasure_statements(self) -> list[Kept]:
        """What mirrors stated about their copies."""
        return kept_statements(self._transaction)

    def also_held_in(self, digest: str) -> list[int]:
        """Entries that hold an attachment of this hash."""
        return self._transaction.attached.also_in(digest)

    def attachment(self, index: int, digest: str, reader: Reader) -> Attachment:
        """An attachment, opened, if `reader` may read it.

        Raises `NotReadable`, also for what no entry names; `AttachmentErased`, `AttachmentMissing`,
        `MasterKeyMissing`.
        """
        row, parties = self.row(index), self._transaction.parties(index)
        grade = self._named_grade(row, digest)
        marked = self._marking.of(row, tuple(parties))
        if grade is None or not marked.sees(reader, digest, grade):
            _refuse_leaving(marked, reader, None, {digest: grade} if grade else {})
            raise NotReadable(f"attachment {digest} of entry {index}")
        for held in self._transaction.attached.of(index):
            if held.digest == digest:
                return held.open()
        erasure = erased_of(self.view, index).get(digest)
        if erasure is not None:
            raise erasure.problem()
        raise AttachmentMissing(f"{digest} of entry {index}")

    def refuse_leaving(self, index: int, reader: Reader) -> None:
        """Raises `MayNotLeave` for the first thing of an entry that the reader sees here and may not take away."""
        row, body = self.row(index), self._transaction.body(index)
        marked = self._marking.of(row, tuple(self._transaction.parties(index)))
        held = {one.hash(): one.grade for one in self._transaction.attached.of(index)}
        _refuse_leaving(marked, reader, body.data if body else None, held)

    def disclosed(self, start: int, end: int, reader: Reader) -> Iterator[Disclosed]:
        """As `disclose`, for the entries of [start, end) in order."""
        for low in range(start, end, tiles.width):
            for found in stretch(self._transaction, low, min(low + tiles.width, end)):
                yield self._disclosed(found, reader)

    def accepted(self, types: Sequence[str], start: int, end: int) -> Iterator[Accepted]:
        """Accepted entries of some types in [start, end), for the operator's own reports; whoever serves what is in
        them to others cuts it first."""
        return accepted(self._transaction, types, start, end)

    def checkpoints(self) -> Iterator[tuple[int, str]]:
        """(size, note) of every checkpoint, oldest first."""
        for row in self._transaction.rows("checkpoint"):
            yield row[0], row[1]

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        return tiles.root(self._transaction.tiles, size)

    def stored_body(self, index: int) -> bytes:
        """The body for the operator's own tools; whoever serves it to others uses `disclose`."""
        self.row(index)
        body = self._transaction.body(index)
        return body.data if body else b""

    def tile(self, level: int, n: int, width: int) -> bytes:
        """Tile bytes of exactly `width` hashes; raises `TilePathRefused`."""
        if width > tiles.width_at(level, n, self.size()):
            raise tiles.TilePathRefused(tiles.path(level, n, width % tiles.width))
        return self._transaction.tile(level, n)[: width * tiles.hash_bytes]

    def entry_bundle(self, n: int, width: int, reader: Reader) -> bytes:
        """C2SP entry bundle: uint16 length and envelope, for those who may read every entry in it,
        and for witnesses, who check leaves and get no bodies."""
        if width > tiles.width_at(0, n, self.size()):
            raise tiles.TilePathRefused(tiles.path("entries", n, width % tiles.width))
        start = n * tiles.width
        out = bytearray()
        for row in self._transaction.entries(start, start + width):
            parties = tuple(self._transaction.parties(row.index))
            if not self._marking.of(row, parties).in_bulk(reader):
                raise NotReadable("this bundle holds entries of others")
            out += len(row.leaf).to_bytes(2, "big") + row.leaf
        return bytes(out)

    def inclusion(self, index: int, size: int | None = None) -> tuple[int, list[bytes], str | None]:
        """(size, path, checkpoint) of an entry, by default under the first checkpoint covering it."""
        if size is not None:
            return size, self._path(index, size), None
        covering = self._cosigned(self._transaction.checkpoint_at_least(index + 1))
        if covering is None:
            self.row(index)
            raise NotSealed(str(index))
        size, note = covering
        return size, self._path(index, size), note

    def proof_file(self, index: int) -> ProofFile:
        """A C2SP tlog-proof under the newest final checkpoint, or the newest if that does not cover it."""
        shown = [one for one in self._transaction.shown_checkpoints() if one[0] > index]
        if not shown:
            self.row(index)
            raise NotSealed(str(index))
        size, note, cosignatures = shown[0]
        cosigned = note + "".join(line.line() for line in cosignatures)
        return ProofFile(index, tuple(self._path(index, size)), cosigned)

    def consistency(self, first: int, second: int) -> list[bytes]:
        if second > self.size():
            raise merkle.ProofRefused(f"the log has {self.size()} entries, not {second}")
        return self._proved(lambda node: merkle.consistency_proof(node, first, second))

    def _cosigned(self, checkpoint: tuple[int, str] | None) -> tuple[int, str] | None:
        if checkpoint is None:
            return None
        return checkpoint[0], cosigned_note(self._transaction, checkpoint)

    def _disclosed(self, found: Beside, reader: Reader) -> Disclosed:
        marked = self._marking.of(found.row, tuple(found.parties))
        body = found.body if found.body and marked.body(reader) else None
        masks = marked.masks(reader, body.data) if body else {}
        shown: list[Held] = []
        withheld: list[str] = []
        for attachment in found.attachments:
            if marked.sees(reader, attachment.hash(), attachment.grade):
                shown.append(attachment)
            else:
                withheld.append(attachment.hash())
        if not reader.leaves_out():
            held = {one.hash(): one.grade for one in found.attachments}
            _refuse_leaving(marked, reader, found.body.data if found.body else None, held)
        whole = None if masks else body
        return Disclosed(
            found.row,
            whole.data if whole else None,
            whole.salt if whole else None,
            tuple(shown),
            found.parties,
            marked.in_bulk(reader),
            tuple(withheld),
            marked.masked(body.data, masks) if body and masks else None,
        )

    def _named_grade(self, row: EntryRow, digest: str) -> str | None:
        """The grade that the body gives an attachment; None if it names no such, or the entry was refused."""
        known, body = self._rules.types.get(row.type), self._transaction.body(row.index)
        if known is None or known.attachments is None or body is None or row.outcome != "accepted":
            return None
        try:
            named = known.attachments(self._rules.parse_body(row.type, body.data))
        except RuleError:
            return None
        return next((str(ref.grade) for ref in named if ref.hash == digest), None)

    def _path(self, index: int, size: int) -> list[bytes]:
        return self._proved(lambda node: merkle.inclusion_proof(node, index, size))

    def _proved(self, make: Callable[[merkle.Node], tiles.Made]) -> tiles.Made:
        return tiles.proved(make, self._transaction.tiles)


def _refuse_leaving(
    marked: Marked, reader: Reader, body: bytes | None, attachments: Mapping[str, str]
) -> None:
    """Raises `MayNotLeave`."""
    for what, mark in marked.kept_here(reader, body, attachments):
        raise reader.refused(what, mark, marked.owner())
