"""Reading an export, believing nothing: every file is held to SHA256SUMS, every entry to the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from tallystick.ledger import merkle, tiles
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, open_checkpoint
from tallystick.ledger.claims import claimed_size
from tallystick.ledger.entry import Attachment, Entry, Envelope, leaf_bytes_max
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.export import layout
from tallystick.ledger.export.errors import (
    ExportChanged,
    ExportMissing,
    ExportPartial,
    ExportRecordRefused,
    ExportTreeDiffers,
)
from tallystick.ledger.export.final import read_final
from tallystick.ledger.export.folder import ReadFolder
from tallystick.ledger.export.write import named_attachments
from tallystick.ledger.note import Note, NoteRefused, NoteSignature, Verifier, note_bytes_max
from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.witness import Policy, Verdict, cosign_times
from tallystick.ledger.witness.policy import none, policy_bytes_max

Progress = Callable[[int, int], None]


class Export:
    """An export in a folder. `checkpoint` is signed by `verifier`; the rest is checked as it is read.

    `cosignatures` are those of the newest checkpoint by witnesses of the policy; `verdict` says what they
    come to. Lines of others are ignored, and not imported.
    """

    def __init__(self, path: Path, pinned: Verifier | None = None) -> None:
        """Raises `ExportRefused` or `CheckpointRefused`."""
        self.path = path
        self._folder = folder = ReadFolder(path)
        self.sums = layout.read_sums(folder.read(layout.sums_file, layout.sums_bytes_max))
        self.about = layout.About.parse(self._read(layout.about_file, layout.about_bytes_max))
        self.policy = self._policy()
        self.verifier = self._verifier(pinned)
        #: Held to the log's keys when the entries are replayed: epochs may lie between.
        self.pinned = pinned
        self._final = self._newest_final()
        data = folder.read(layout.checkpoint_file, note_bytes_max)
        self.note, self.cosignatures, self.verdict = self._newest(data)
        self.checkpoint: Checkpoint = open_checkpoint(self.note, self.verifier)
        self.erased: set[int] = set()
        self._whole = self.checkpoint.size

    @property
    def size(self) -> int:
        return self.checkpoint.size

    @property
    def is_final(self) -> bool:
        """Whether its checkpoint bears the quorum of its policy."""
        return self.verdict.met and self.verdict.quorum != none

    @property
    def final(self) -> tuple[int, Note] | None:
        """A checkpoint before `checkpoint` that is said to be final, or the one at which the export is cut."""
        if self._final is None:
            return None
        size = self._final[0]
        return self._final if size < self.size or (self.is_cut and size == self.size) else None

    @property
    def is_cut(self) -> bool:
        """Whether only its first entries are read."""
        return self.size < self._whole

    def cut(self, size: int) -> None:
        """Read the first `size` entries alone; raises `ExportTreeDiffers` unless they have a checkpoint."""
        for found, note in self.checkpoints():
            if found == size:
                self.note, self.cosignatures = note, []
                self.verdict = Policy.parse(self.policy).judge(frozenset())
                self.checkpoint = Checkpoint.parse(Note.parse(note).text)
                return
        raise ExportTreeDiffers(f"no checkpoint of {size} entries is in it")

    def check_sums(self, progress: Progress | None = None) -> None:
        """Every file listed is there and is the one listed; raises `ExportChanged`."""
        for done, (name, digest) in enumerate(sorted(self.sums.items()), start=1):
            if self._folder.digest(name) != digest:
                raise ExportChanged(name)
            if progress:
                progress(done, len(self.sums))

    def require_full(self) -> None:
        """Raises `ExportPartial` if it was cut for somebody who may not read everything."""
        if self.about.reader != "auditor":
            raise ExportPartial(f"it was cut for {self.about.organisation or self.about.reader}")

    def checkpoints(self) -> list[tuple[int, str]]:
        """(size, note) of each up to `checkpoint`, oldest first; signatures are not verified here."""
        found: list[tuple[int, str]] = []
        for name, width in self._checkpoint_files():
            with self._open(name) as file:
                records = layout.Records(name, file, "checkpoints")
                for _ in range(width):
                    found.append(_note(name, records.record()))
                records.end()
        # Beyond it are those of an export that was broken off before its last step.
        kept = [row for row in found if row[0] <= self.size]
        # `checkpoint` may bear more lines than the log's: cosignatures, a quorum certificate.
        if not kept or kept[-1][0] != self.size or not self.note.startswith(kept[-1][1]):
            raise ExportTreeDiffers(f"{layout.checkpoint_file} is not the last of checkpoints/")
        if [size for size, _ in kept] != sorted({size for size, _ in kept}):
            raise ExportTreeDiffers("checkpoints/ is not in the order of its sizes")
        return kept

    def records(self, rules: RuleSet) -> Iterator[Record]:
        """Every entry in order, whole; raises `ExportPartial` where something is not disclosed."""
        for n in range(-(-self.size // tiles.width)):
            yield from self.stretch(rules, n)

    def stretch(self, rules: RuleSet, n: int) -> Iterator[Record]:
        """The entries of tile n, likewise."""
        width = tiles.width_at(0, n, self._whole)
        left = self.size - n * tiles.width
        yield from islice(self._stretch(rules, n, width), left)

    def leaf(self, index: int) -> bytes | None:
        """One leaf; None beyond the end."""
        if not 0 <= index < self.size:
            return None
        n, position = divmod(index, tiles.width)
        return self._leaves(n, tiles.width_at(0, n, self._whole))[position]

    def root(self, size: int) -> bytes:
        """The root over the first `size` entries, by its tiles."""
        return merkle.tree_root(tiles.node_reader(lambda level, n: self.tile(level, n)[1]), size)

    def record(self, rules: RuleSet, index: int) -> Record | None:
        """One entry once more."""
        if not 0 <= index < self.size:
            return None
        n, at = divmod(index, tiles.width)
        width = tiles.width_at(0, n, self._whole)
        return next(islice(self._stretch(rules, n, width), at, None), None)

    def tile(self, level: int, n: int) -> tuple[str, bytes]:
        """Name and bytes of a tile of this size."""
        name, data = self._whole_tile(level, n)
        return name, data[: tiles.width_at(level, n, self.size) * tiles.hash_bytes]

    def _whole_tile(self, level: int, n: int) -> tuple[str, bytes]:
        width = tiles.width_at(level, n, self._whole)
        name = tiles.path(level, n, width % tiles.width)
        data = self._read(name, tiles.width * tiles.hash_bytes)
        if len(data) != width * tiles.hash_bytes:
            raise ExportTreeDiffers(f"{name} has {len(data)} bytes, not {width} hashes of 32")
        return name, data

    def _stretch(self, rules: RuleSet, n: int, width: int) -> Iterator[Record]:
        leaves = self._leaves(n, width)
        with ExitStack() as stack:
            bodies = self._records(stack, "bodies", n, width)
            attachments = self._records(stack, "attachments", n, width)
            for index, leaf in enumerate(leaves, start=n * tiles.width):
                salted = bodies.salted()
                if isinstance(salted, str):
                    raise ExportPartial(f"the body of entry {index} is {salted}")
                salt, body = salted
                attached = self._attachments(rules, attachments, index, leaf, body)
                yield Record(index, leaf, salt, body, attached)
            bodies.end()
            attachments.end()

    def _records(
        self, stack: ExitStack, folder: layout.Folder, n: int, width: int
    ) -> layout.Records:
        name = layout.numbered(folder, n, width)
        return layout.Records(name, stack.enter_context(self._open(name)), folder)

    def _leaves(self, n: int, width: int) -> list[bytes]:
        name = tiles.path("entries", n, width % tiles.width)
        if name not in self.sums and layout.numbered("entries", n, width) in self.sums:
            raise ExportPartial(f"not all entries from {n * tiles.width} on are in it")
        leaves = layout.read_leaves(name, self._read(name, width * (2 + leaf_bytes_max)), width)
        tile_name, hashes = self._whole_tile(0, n)
        for position, leaf in enumerate(leaves):
            start = position * tiles.hash_bytes
            if merkle.leaf_hash(leaf) != hashes[start : start + tiles.hash_bytes]:
                index = n * tiles.width + position
                raise ExportTreeDiffers(f"entry {index} in {name} is not the one of {tile_name}")
        return leaves

    def _attachments(
        self, rules: RuleSet, records: layout.Records, index: int, leaf: bytes, body: bytes
    ) -> tuple[Attachment, ...]:
        count = records.count()
        if count == 0:
            return ()
        named = named_attachments(rules, _type(leaf), body)
        if count != len(named):
            raise records.refused(f"entry {index} names {len(named)} attachments, not {count}")
        found: list[Attachment] = []
        for digest in sorted(named):
            salted = records.salted()
            if salted == "withheld":
                raise ExportPartial(f"attachment {digest} of entry {index} is withheld")
            if isinstance(salted, str):
                self.erased.add(index)
                continue
            ref = named[digest]
            attachment = Attachment(ref.type, salted[1], salted[0], ref.grade)
            if attachment.hash() != digest:
                raise records.refused(f"an attachment of entry {index} is not {digest}")
            found.append(attachment)
        return tuple(found)

    def _checkpoint_files(self) -> list[tuple[str, int]]:
        """Full files, and the widest of the last one's."""
        found: dict[int, tuple[str, int]] = {}
        for name in self.sums:
            if name.startswith("checkpoints/"):
                n, width = _numbered(name)
                if width > found.get(n, ("", 0))[1]:
                    found[n] = (name, width)
        files = [found[n] for n in sorted(found)]
        if sorted(found) != list(range(len(found))) or any(w != tiles.width for _, w in files[:-1]):
            raise ExportMissing("a file of checkpoints/ is not listed in SHA256SUMS")
        return files

    def _newest(self, data: bytes) -> tuple[str, list[NoteSignature], Verdict]:
        """The newest checkpoint as its log alone signed it, who cosigned it, and whether that suffices.

        Raises `CheckpointRefused`, also for a cosignature by a witness of the policy that fails.
        """
        policy = Policy.parse(self.policy)
        try:
            note = Note.read(data)
            known = [line for _, line in note.signed_by([self.verifier])]
            lines = [line for _, line in note.signed_by([one.cosigner for one in policy.witnesses])]
            verdict = policy.judge(cosign_times(note, policy).keys())
        except NoteRefused as error:
            raise CheckpointRefused(f"{layout.checkpoint_file}: {error.detail}") from None
        return Note(note.text, tuple(known)).encode(), lines, verdict

    def _newest_final(self) -> tuple[int, Note] | None:
        try:
            return read_final(self._folder.read(layout.final_file, note_bytes_max))
        except ExportMissing:
            return None

    def _policy(self) -> str:
        data = self._read(layout.policy_file, policy_bytes_max)
        try:
            Policy.parse(data)
            return data.decode()
        except (TallystickError, UnicodeDecodeError) as error:
            raise ExportRecordRefused(f"{layout.policy_file}: {error}") from None

    def _verifier(self, pinned: Verifier | None) -> Verifier:
        """The key of the log's newest epoch, by `policy` and `export.json`."""
        try:
            told = Verifier.parse(self.about.log_key)
        except NoteRefused as error:
            raise ExportRecordRefused(f"{layout.about_file}: {error.detail}") from None
        if told.name != self.about.origin:
            raise ExportRecordRefused(f"{layout.about_file}: its key is not of {self.about.origin}")
        if told not in [log.verifier for log in Policy.parse(self.policy).logs]:
            raise ExportRecordRefused(f"{layout.policy_file} does not name the log's key")
        if pinned is not None and pinned.encode() not in (told.encode(), *self.about.earlier_keys):
            raise CheckpointRefused(f"the export is of {told.encode()}, pinned {pinned.encode()}")
        return told

    def _listed(self, name: str) -> str:
        if name not in self.sums:
            raise ExportMissing(f"{name} is not listed in {layout.sums_file}")
        return name

    def _read(self, name: str, bytes_max: int) -> bytes:
        return self._folder.read(self._listed(name), bytes_max)

    def _open(self, name: str) -> BinaryIO:
        return self._folder.open(self._listed(name))


def _note(name: str, record: layout.Record) -> tuple[int, str]:
    if not isinstance(record, bytes):
        raise ExportRecordRefused(f"{name}: a checkpoint is {record}")
    note = record.decode("utf-8", "replace")
    size = claimed_size(note)
    if size is None:
        raise ExportRecordRefused(f"{name}: a record is no checkpoint")
    return size, note


def _numbered(name: str) -> tuple[int, int]:
    """Number and width of `checkpoints/x001/234.p/17`."""
    _, n, width = tiles.parse_path(f"entries/{name.partition('/')[2]}")
    return n, width


def _type(leaf: bytes) -> str:
    try:
        return Entry.parse(Envelope.parse(leaf).payload).type
    except TallystickError:
        return ""
