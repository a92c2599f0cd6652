"""Gathering what a bundle needs: each entry with its proof, and the keys and heads that speak for it.

It reads on somebody's behalf: what that reader may not see is refused, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from tallystick.app.bundles.facts import add_device, add_person
from tallystick.app.bundles.key_lives import key_head
from tallystick.app.bundles.proposed import (
    decide_type,
    pointers_of_decision,
    pointers_of_proposal,
)
from tallystick.identity import devices
from tallystick.ledger import (
    Disclosed,
    Entry,
    EntryRow,
    Envelope,
    NotReadable,
    ProofFile,
    Reader,
    Snapshot,
    TallystickError,
    acts_head,
    auditor_reader,
    block_type,
    canonical,
    claim_of,
    governance,
    heads,
)
from tallystick.ledger.bundle import Shown, layout

rows_at_once = 200
block_walk_entries_max = 10_000
people_walk_entries_max = 2_000_000


class NothingFinal(TallystickError):
    code = "bundle-nothing-final"
    status = 409
    title = "There is no checkpoint yet that a bundle could rest on"
    advice = "Wait until the log is final: `tallystick log show` says what it waits for."


class NotYetFinal(TallystickError):
    code = "bundle-not-yet-final"
    status = 409
    title = "The newest final checkpoint does not cover this yet"
    advice = "Ask again once it does: `tallystick log show` says what the log waits for."


class NothingAnchored(TallystickError):
    code = "bundle-nothing-anchored"
    status = 409
    title = "No checkpoint of this log has a confirmed anchor yet"
    advice = "`tallystick anchor show` says what is on its way, and what is in its way."


class FieldsNotSigned(TallystickError):
    code = "bundle-fields-not-signed"
    status = 409
    title = "Single fields of this entry cannot be shown: its author did not sign fields_root"
    advice = "Show the whole body, or let the author sign entries with fields_root from now on."


class Gathering:
    """The files of one bundle while it is being made, under the newest final checkpoint.

    With `anchored` under the newest that has an anchor; an anchor of the checkpoint is always put in.
    """

    def __init__(self, snapshot: Snapshot, reader: Reader, *, anchored: bool = False) -> None:
        self._snapshot, self._reader = snapshot, reader
        self.size, self.note = _anchored(snapshot) if anchored else final_checkpoint(snapshot)
        self.files: dict[str, bytes] = {layout.checkpoint_file: self.note.encode()}
        row = snapshot.anchor(self.size)
        if row is not None:
            self.files[layout.anchor_file] = claim_of(row).encode()
        self._authors: dict[str, int] = {}
        self._keys: set[str] = set()
        self._people: set[str] = set()
        self._read: dict[int, Disclosed] = {}
        self.entry(0)
        self.entry(self.size - 1)
        self._acts()

    @property
    def view(self) -> Any:
        return self._snapshot.view

    def entry(self, index: int, show: Sequence[str] = ()) -> Disclosed:
        """An entry with its body, or with these fields of it, and the keys that signed it.

        Raises `NotReadable` or `NotYetFinal`.
        """
        if index >= self.size:
            self._snapshot.row(index)
            raise NotYetFinal(f"entry {index}, final are {self.size} entries")
        found = self._read.get(index) or self._snapshot.disclose(index, self._reader)
        self._read[index] = found
        if found.body is None or found.salt is None:
            self._snapshot.refuse_leaving(index, self._reader)
            raise NotReadable(f"the body of entry {index}")
        if layout.entry_file(index) not in self.files:
            self._prove(found)
        if show:
            self._show(found, found.salt, found.body, show)
        elif layout.disclosure_file(index) not in self.files:
            self.files[layout.body_file(index)] = found.body
            self.files[layout.salt_file(index)] = found.salt
        return found

    def entry_for(self, index: int, pointers: Callable[[bytes], Sequence[str]]) -> bool:
        """An entry as `entry`; if its body is not for this reader, the leaf, and fields that are.

        `pointers`: which those are, from the body. Without `fields_root` none can be shown. Whether anything is.
        """
        found = self._snapshot.disclose(index, self._reader)
        if found.body is not None:
            self.entry(index)
            return True
        if layout.entry_file(index) not in self.files:
            self._prove(found)
        whole = self._snapshot.disclose(index, auditor_reader)
        if _fields_root(found.row) is None or whole.body is None or whole.salt is None:
            return False
        show = pointers(whole.body)
        if show:
            self._show(whole, whole.salt, whole.body, show)
        return bool(show)

    def fields(self, index: int, pointers: Sequence[str]) -> None:
        """Only these fields of an entry, of which the caller may show them to whoever reads.

        Raises `FieldsNotSigned` or `NotYetFinal`.
        """
        if index >= self.size:
            raise NotYetFinal(f"entry {index}, final are {self.size} entries")
        found = self._snapshot.disclose(index, auditor_reader)
        if found.body is None or found.salt is None:
            raise NotReadable(f"the body of entry {index}")
        if layout.entry_file(index) not in self.files:
            self._prove(found)
        self._show(found, found.salt, found.body, pointers)

    def entries(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            self.entry(index)

    def head(self, kind: str, name: str) -> heads.HeadAt:
        """A head with its proof. Raises `NotReadable` for one that is not for this reader."""
        grade = "public" if kind in heads.public_kinds else "parties"
        if not self._reader.may_read(grade):
            raise NotReadable(f"{kind} {name}")
        return self.own_head(kind, name)

    def own_head(self, kind: str, name: str) -> heads.HeadAt:
        """As `head`, for a name of which the reader is known to be a party."""
        found = self._snapshot.head(kind, name, self.size)
        file = layout.head_file(heads.head_key(kind, name))
        self.files[file] = canonical.encode(found.proof.document())
        return found

    def key(self, reference: str, *, whole: bool = True) -> heads.HeadAt:
        """A key's head, with the entries that it lists: how the key began, and how it ended.

        Unless `whole`, an end that the reader may not see is there as a leaf. Raises `NotReadable`.
        """
        found = self.own_head(key_head, reference)
        if whole or reference not in self._keys:
            self._keys.add(reference)
            for at, index in enumerate(found.indexes):
                if not self._about_key(index) and (whole or at == 0):
                    raise NotReadable(f"the body of entry {index}")
        return found

    def _about_key(self, index: int) -> bool:
        """An entry that touched a key; of what several persons decided also what they decided on.

        Whether the reader may see what it did.
        """
        if self._snapshot.row(index).type != decide_type:
            self.entry(index)
            return True
        shown = self.entry_for(index, pointers_of_decision)
        told: Mapping[str, Any] = orjson.loads(self._snapshot.stored_body(index))
        if "recovered" in told:
            return shown
        proposal: Any = self.view.get("pending", told["proposal"])
        return self.entry_for(proposal["since"], pointers_of_proposal) and shown

    def attach(self, found: Disclosed) -> None:
        """What is attached to an entry, as far as the reader may see it. Raises `MayNotLeave`."""
        self._snapshot.refuse_leaving(found.row.index, self._reader)
        for attachment in (held.open() for held in found.attachments):
            file = layout.attachment_file(attachment.hash())
            self.files[file] = attachment.salt + attachment.data

    def indexes(self) -> list[int]:
        """Of all entries so far, ascending."""
        return layout.indexes(self.files, "entries")

    def blocks_around(self, index: int) -> None:
        """The blocks before and behind an entry, which show its ledger time."""
        self.block_before(index)
        self._first_block(self._forwards(index))

    def block_before(self, index: int) -> None:
        """The block that sets an entry's ledger time."""
        self._first_block(self._backwards(index))

    def _first_block(self, rows: Iterator[EntryRow]) -> None:
        block = next((row for row in rows if row.type == block_type), None)
        if block is not None:
            self.entry(block.index)

    def finish(self) -> None:
        """Which organisation each person and device among the authors speaks for."""
        missing = {
            handle: kind
            for handle in self._authors.keys() - self._people
            for kind in ("person", "device")
            if self.view.get(kind, handle) is not None
        }
        self._people |= self._authors.keys()
        if missing:
            self._find_people(missing)

    def _acts(self) -> None:
        """Genesis and the acts of governance up to the checkpoint, and the policy to which they lead."""
        self.entries(self.own_head(*acts_head).indexes)
        text = governance.regime_at(self.view, self.size - 1).text
        self.files[layout.policy_file] = text.encode()

    def _prove(self, found: Disclosed) -> None:
        index = found.row.index
        _, path, _ = self._snapshot.inclusion(index, self.size)
        self.files[layout.entry_file(index)] = found.row.leaf
        self.files[layout.proof_file(index)] = _proof(index, path, self.note)
        self._authors.setdefault(found.row.author, index)
        for signature in Envelope.parse(found.row.leaf).signatures:
            if signature.keyid not in self._keys:
                self.key(signature.keyid, whole=False)

    def _show(self, found: Disclosed, salt: bytes, body: bytes, show: Sequence[str]) -> None:
        if _fields_root(found.row) is None:
            raise FieldsNotSigned(f"entry {found.row.index}")
        index = found.row.index
        self.files[layout.disclosure_file(index)] = Shown.of(salt, body, show).encode()
        self.files.pop(layout.body_file(index), None)
        self.files.pop(layout.salt_file(index), None)

    def _find_people(self, missing: dict[str, str]) -> None:
        """Registrations stand before the first key of whom they register, or are one with it."""
        types = {"person": add_person, "device": add_device}
        first = {handle: self._first_key(handle) for handle in missing}
        for handle, index in first.items():
            if self._snapshot.row(index).type in (decide_type, devices.enrol_type):
                self._about_key(index)
                del missing[handle]
        start = max((first[handle] for handle in missing), default=0)
        for row in self._backwards(start, people_walk_entries_max):
            if not missing:
                return
            if row.type in types.values():
                body: Mapping[str, Any] = orjson.loads(self._snapshot.stored_body(row.index))
                handle = body.get("person", body.get("device"))
                kind = missing.get(cast(str, handle))
                if kind is not None and types[kind] == row.type:
                    self.entry(row.index)
                    del missing[cast(str, handle)]

    def _first_key(self, handle: str) -> int:
        rows = self.view.group("key", handle).values()
        return min((row["since"] for row in rows), default=self._authors[handle])

    def _backwards(self, index: int, most: int = block_walk_entries_max) -> Iterator[EntryRow]:
        """Rows below an index, nearest first."""
        end = max(0, index - most)
        while index > end:
            rows = self._snapshot.recent(index, min(rows_at_once, index - end))
            yield from rows
            index -= len(rows)

    def _forwards(self, index: int) -> Iterator[EntryRow]:
        """Rows from an index on, nearest first."""
        last = min(self.size, index + block_walk_entries_max)
        while index < last:
            count = min(rows_at_once, last - index)
            yield from self._snapshot.recent(index + count, count)[::-1]
            index += count


def final_checkpoint(snapshot: Snapshot) -> tuple[int, str]:
    """Size and note of what bundles rest on. Raises `NothingFinal`."""
    final = snapshot.final_checkpoint()
    if final is None and snapshot.policy().is_none:
        final = snapshot.checkpoint()
    if final is None:
        raise NothingFinal
    return final


def _anchored(snapshot: Snapshot) -> tuple[int, str]:
    row = snapshot.anchor()
    found = None if row is None else snapshot.checkpoint(row.size)
    if found is None:
        raise NothingAnchored
    return found


def _proof(index: int, path: Sequence[bytes], note: str) -> bytes:
    return ProofFile(index, tuple(path), note).encode().encode()


def _fields_root(row: EntryRow) -> str | None:
    return Entry.parse(Envelope.parse(row.leaf).payload).fields_root
