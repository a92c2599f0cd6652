"""Writing an export: what is new since the last one, whole files only, and the checkpoint last.

Whoever breaks off leaves a folder that verifies as it did before, or as it was to become: files of the old
and of the new size stand side by side, and SHA256SUMS lists both, until the checkpoint is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from tallystick.ledger import tiles
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, open_checkpoint
from tallystick.ledger.claims import claimed_size
from tallystick.ledger.entry import Attachment
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.export import layout
from tallystick.ledger.export.errors import ExportElsewhere, ExportRefused, ExportUnwritable
from tallystick.ledger.export.folder import Fresh, ReadFolder, WriteFolder
from tallystick.ledger.export.readme import readme
from tallystick.ledger.governance import all_operator_keys, log_verifier, policy_text
from tallystick.ledger.note import note_bytes_max
from tallystick.ledger.reader import Disclosed, LogReader, NotSealed, Snapshot
from tallystick.ledger.readers import Reader
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import Store

Progress = Callable[[int, int], None]
Sums = dict[str, str]
beside = ("tile/entries", "entries", "bodies", "attachments")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds, and what was written for it this time."""

    origin: str
    size: int
    root: bytes
    files: int
    bytes: int


def export_log(
    store: Store,
    rules: RuleSet,
    path: Path,
    reader: Reader,
    *,
    progress: Progress | None = None,
) -> Exported:
    """Export the log up to its newest checkpoint, as far as `reader` may read it.

    Raises `NotSealed`, `ExportElsewhere`, `ExportUnwritable`.
    """
    with LogReader(store, rules).open() as snapshot:
        genesis: Any = snapshot.view.get("log", "genesis")
        newest = snapshot.checkpoint()
        if genesis is None or newest is None:
            raise NotSealed("the log has no checkpoint to export")
        size = newest[0]
        log_key = log_verifier(snapshot.view, size)
        checkpoint = open_checkpoint(newest[1], log_key)
        earlier = tuple(
            one.log.encode() for one in all_operator_keys(snapshot.view) if one.since < size
        )[:-1]
        named = reader.named()
        about = layout.About(
            genesis["origin"], log_key.encode(), *named, earlier_keys=earlier, cut=_cut(reader)
        )
        before = _before(path, about, checkpoint, snapshot)
        writing = _Writing(path, before, snapshot, rules, reader, checkpoint.size)
        writing.small(layout.about_file, about.encode())
        writing.small(layout.policy_file, policy_text(snapshot.view, size).encode())
        for language, name in layout.readme_files.items():
            writing.small(name, readme(language, about).encode())
        writing.tiles()
        writing.entries(progress)
        writing.checkpoints()
        final = snapshot.final_checkpoint()
        behind = final[1].encode() if final is not None and final[0] < size else None
    return writing.finish(checkpoint, newest[1].encode(), behind)


def _cut(reader: Reader) -> layout.Cut:
    """So that a folder made for one recipient is not handed on as that of another."""
    leaving = reader.leaving
    if leaving is None:
        return layout.Cut()
    abroad = leaving.country if leaving.country != leaving.home else ""
    return layout.Cut(leaving.recipient, abroad, not leaving.strict)


def _before(path: Path, about: layout.About, newest: Checkpoint, snapshot: Snapshot) -> Sums:
    """SHA256SUMS of an earlier export in the folder; raises `ExportElsewhere` if it is none of ours."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        names = {found.name for found in path.iterdir() if not found.name.endswith(".new")}
    except OSError as error:
        raise ExportUnwritable(f"{path}: {error.strerror}") from error
    if not names:
        return {}
    folder = ReadFolder(path)
    try:
        told = layout.About.parse(folder.read(layout.about_file, layout.about_bytes_max))
        if layout.checkpoint_file not in names:
            # Never finished: what was to stop at anything, and did, goes on with that left out.
            told = replace(told, cut=replace(told.cut, left_out=about.cut.left_out))
        if not about.continues(told):
            raise ExportElsewhere(f"{path} holds an export of {told.origin} for {_whose(told)}")
        if layout.checkpoint_file in names:
            note = folder.read(layout.checkpoint_file, note_bytes_max)
            _check_extends(path, note, newest, snapshot)
        if layout.sums_file not in names:
            return {}
        return layout.read_sums(folder.read(layout.sums_file, layout.sums_bytes_max))
    except ExportRefused as error:
        raise ExportElsewhere(f"{path}: {error.detail}") from None


def _whose(about: layout.About) -> str:
    cut = about.cut
    left_out = "left out" if cut.left_out else "not left out"
    return (
        f"{about.organisation or about.reader}, to {cut.recipient or 'nobody in particular'}"
        f"{f' in {cut.country}' if cut.country else ''}, what may not leave {left_out}"
    )


def _check_extends(path: Path, note: bytes, newest: Checkpoint, snapshot: Snapshot) -> None:
    text = note.decode("utf-8", "replace")
    try:
        old = open_checkpoint(text, log_verifier(snapshot.view, claimed_size(text)))
    except CheckpointRefused as error:
        raise ExportElsewhere(f"{path / layout.checkpoint_file}: {error.detail}") from None
    if old.size > newest.size:
        raise ExportElsewhere(f"{path} holds {old.size} entries, this store {newest.size}")
    if old.size and snapshot.root_at(old.size) != old.root:
        raise ExportElsewhere(f"the first {old.size} entries in {path} are others than here")


class _Writing:
    """One run. `sums` grows to what the export holds; `before` is what it held.

    Files of which something was erased are written anew each time.
    """

    def __init__(
        self,
        path: Path,
        before: Mapping[str, str],
        snapshot: Snapshot,
        rules: RuleSet,
        reader: Reader,
        size: int,
    ) -> None:
        self._folder = WriteFolder(path)
        self._before = before
        self._snapshot, self._rules, self._reader = snapshot, rules, reader
        self._size = size
        self._cut_again = {index // tiles.width for index in snapshot.erased_entries()}
        self.sums: Sums = {}

    def small(self, name: str, data: bytes) -> None:
        if not self._stands(name) or self.sums[name] != layout.sha256(data):
            self.sums[name] = self._folder.put(name, [data])

    def tiles(self) -> None:
        """Tiles of hashes, which are public."""
        level = 0
        while self._size >> 8 * level:
            for n in range(_files(self._size >> 8 * level)):
                width = tiles.width_at(level, n, self._size)
                name = tiles.path(level, n, width % tiles.width)
                if not self._stands(name):
                    data = self._snapshot.tile(level, n, width)
                    self.sums[name] = self._folder.put(name, [data])
            level += 1

    def entries(self, progress: Progress | None) -> None:
        """Leaves, bodies and attachments, 256 entries at a time."""
        for n in range(_files(self._size)):
            start = n * tiles.width
            end = min(start + tiles.width, self._size)
            bundle, single, *others = (layout.numbered(name, n, end - start) for name in beside)
            leaves = bundle if bundle in self._before else single
            stands = all(self._stands(name) for name in (leaves, *others))
            if not stands or n in self._cut_again:
                self._write_entries(start, end, bundle, single, others)
            if progress:
                progress(end, self._size)

    def checkpoints(self) -> None:
        """All of them, oldest first."""
        rows = (note.encode() for size, note in self._snapshot.checkpoints() if size <= self._size)
        n = 0
        while some := list(islice(rows, tiles.width)):
            name = layout.numbered("checkpoints", n, len(some))
            self.small(name, b"".join(map(layout.frame, some)))
            n += 1

    def finish(self, checkpoint: Checkpoint, note: bytes, final: bytes | None) -> Exported:
        """Sums of old and new files, then the checkpoints, then only what is in force now."""
        folder = self._folder
        gone = self._before.keys() - self.sums.keys()
        kept = {name: self._before[name] for name in gone if (folder.path / name).is_file()}
        if final is not None and not self._holds(layout.final_file, final):
            self._durably(layout.final_file, final)
        if self.sums != self._before or not self._holds(layout.checkpoint_file, note):
            folder.sync()
            self._durably(layout.sums_file, layout.write_sums({**kept, **self.sums}))
            self._durably(layout.checkpoint_file, note)
            if kept:
                self._durably(layout.sums_file, layout.write_sums(self.sums))
            folder.remove(gone)
        if final is None:
            folder.remove([layout.final_file])
        return Exported(
            checkpoint.origin, checkpoint.size, checkpoint.root, folder.files, folder.bytes
        )

    def _durably(self, name: str, data: bytes) -> None:
        self._folder.put(name, [data])
        self._folder.sync()

    def _holds(self, name: str, data: bytes) -> bool:
        path = self._folder.path / name
        return path.is_file() and path.read_bytes() == data

    def _stands(self, name: str) -> bool:
        """Whether the last export wrote this file; numbered files never change, but for erasures."""
        digest = self._before.get(name)
        if digest is None or not (self._folder.path / name).is_file():
            return False
        self.sums[name] = digest
        return True

    def _write_entries(
        self, start: int, end: int, bundle: str, single: str, others: list[str]
    ) -> None:
        whole, one_by_one, in_bulk = bytearray(), bytearray(), True
        bodies, attachments = (self._folder.fresh(name) for name in others)
        try:
            for found in self._snapshot.disclosed(start, end, self._reader):
                leaf = found.row.leaf
                in_bulk = in_bulk and found.in_bulk
                whole += len(leaf).to_bytes(2, "big") + leaf
                one_by_one += layout.frame(leaf if found.in_bulk else "withheld")
                bodies.write(layout.frame(_body(found)))
                for chunk in self._attachments(found):
                    attachments.write(chunk)
            self._keep(bodies, attachments)
        except OSError as error:
            raise ExportUnwritable(f"{others[0]}: {error.strerror}") from error
        finally:
            bodies.drop()
            attachments.drop()
        name, data = (bundle, whole) if in_bulk else (single, one_by_one)
        self.sums[name] = self._folder.put(name, [bytes(data)])

    def _keep(self, *written: Fresh) -> None:
        for fresh in written:
            self.sums[fresh.name] = self._folder.keep(fresh)

    def _attachments(self, found: Disclosed) -> Iterator[bytes]:
        """Count, and records in order of their hashes: those that the body names, if it is disclosed."""
        stored = {attachment.hash(): attachment for attachment in found.attachments}
        named = self._named(found)
        hashes = sorted(stored) if named is None else named
        yield len(hashes).to_bytes(4, "big")
        for digest in hashes:
            attachment = stored.get(digest)
            if attachment is not None:
                yield layout.frame(_salted(attachment.open()))
            else:
                yield layout.frame("withheld" if digest in found.withheld else "erased")

    def _named(self, found: Disclosed) -> list[str] | None:
        """Hashes that the body names; None if the reader has no body."""
        if found.body is None:
            return None
        if found.row.outcome != "accepted":
            return []
        return sorted(named_attachments(self._rules, found.row.type, found.body))


def named_attachments(rules: RuleSet, entry_type: str, body: bytes) -> dict[str, Any]:
    """The attachments that a body names, by hash; none if its type knows none or it is no such body."""
    known = rules.types.get(entry_type)
    if known is None or known.attachments is None:
        return {}
    try:
        return {ref.hash: ref for ref in known.attachments(rules.parse_body(entry_type, body))}
    except TallystickError:
        return {}


def _body(found: Disclosed) -> layout.Record:
    if found.body is None or found.salt is None:
        return "withheld"
    return found.salt + found.body


def _salted(attachment: Attachment) -> bytes:
    return attachment.salt + attachment.data


def _files(count: int) -> int:
    return -(-count // tiles.width)
