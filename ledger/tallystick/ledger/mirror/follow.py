"""Following a log stretch by stretch: proven to be in the signed tree, then judged again, then laid down.

A stretch counts only once its leaves hash, behind the mirror's own tree, to a root from which the checkpoint
is reached: so nothing is blamed on the log that its signature does not cover. Each stretch is one transaction;
the next one is fetched and its signatures are being checked meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.merkle import Frontier
from tallystick.ledger.mirror.again import Again, Begun, Span, refuses
from tallystick.ledger.mirror.errors import OperatorAnswerRefused
from tallystick.ledger.mirror.stretch import Sent, read_stretch
from tallystick.ledger.mirror.suites import require_suites
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.store import Store, StoredView, TreeState
from tallystick.ledger.system import block_type
from tallystick.ledger.tiles import node_reader

Progress = Callable[[int, int], None]


class Source(Protocol):
    """Where a mirror fetches the log: `Operator`, or a store in this process."""

    def newest(self) -> str | None: ...

    def final(self) -> str | None: ...

    def stretch(self, first: int, end: int) -> bytes: ...

    def tile(self, path: str) -> bytes: ...

    def consistency(self, first: int, second: int) -> Sequence[bytes]: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A stretch that is in the tree of the checkpoint. `after`: the tree up to its end."""

    sent: list[Sent]
    after: Frontier

    @property
    def end(self) -> int:
        return self.after.size


class Following:
    """A full mirror's way from where its store stands to a checkpoint. One at a time may use it."""

    def __init__(self, again: Again, source: Source, verifier: Verifier) -> None:
        self._again = again
        self._source = source
        self._verifier = verifier

    def tree(self) -> TreeState | None:
        """Where the mirror's store stands."""
        with self._again.store.read() as transaction:
            return transaction.tree()

    def size(self) -> int:
        tree = self.tree()
        return tree.size if tree else 0

    def follow(self, note: str, span: Span, progress: Progress | None = None) -> Checkpoint:
        """Re-execute up to this checkpoint; what was laid down before an error stays.

        Raises `CheckpointRefused`, `MirrorRefuses`, `MirrorLacksBody` or what the source raises.
        """
        checkpoint = open_checkpoint(note, self._verifier)
        tree = self.tree()
        have = Frontier.decode(tree.size, tree.frontier) if tree else Frontier()
        if checkpoint.size <= have.size:
            require_extended(self._again.store, checkpoint, have)
            self._require_suites()
            return checkpoint
        with relaxed_collector(), ThreadPoolExecutor(1, "mirror-fetch") as pool:
            self._run(pool, have, checkpoint, note, span, progress)
        self._require_suites()
        return checkpoint

    def _require_suites(self) -> None:
        with self._again.store.read() as transaction:
            require_suites(StoredView(transaction, self._again.rules))

    def _run(
        self,
        pool: ThreadPoolExecutor,
        have: Frontier,
        checkpoint: Checkpoint,
        note: str,
        span: Span,
        progress: Progress | None,
    ) -> None:
        fetching: Future[Fetched] | None = pool.submit(self._fetch, have, checkpoint)
        begun: tuple[Begun, Fetched] | None = None
        while fetching is not None or begun is not None:
            following, failed = None, None
            if fetching is not None:
                try:
                    fetched = fetching.result()
                    more = fetched.end < checkpoint.size
                    fetching = pool.submit(self._fetch, fetched.after, checkpoint) if more else None
                    following = self._again.prepare(fetched.sent), fetched
                except TallystickError as error:
                    fetching, failed = None, error
            if begun is not None:
                self._take(begun[0], span, note if begun[1].end == checkpoint.size else None)
                if progress:
                    progress(begun[1].end, checkpoint.size)
            if failed is not None:
                raise failed
            begun = following

    def _fetch(self, before: Frontier, checkpoint: Checkpoint) -> Fetched:
        """The next stretch, proven; raises `OperatorAnswerRefused`."""
        first = before.size
        sent = list(read_stretch(self._source.stretch(first, checkpoint.size), first))
        if not 0 < len(sent) <= checkpoint.size - first:
            raise OperatorAnswerRefused(f"{len(sent)} entries from {first} on")
        after = before.copy()
        for one in sent:
            after.append(merkle.leaf_hash(one.leaf or b""))
        if any(one.leaf is None for one in sent):
            # Which one it is, is said when signatures are looked at.
            return Fetched(sent, after)
        require_in(self._source, after, checkpoint)
        return Fetched(sent, after)

    def _take(self, begun: Begun, span: Span, note: str | None) -> None:
        """One stretch; with `note`, the checkpoint that it ends in."""
        store = self._again.store
        with store.write() as transaction:
            batch = self._again.take(begun, transaction, span)
            if note is not None:
                if batch.block_size != batch.size:
                    said = "a checkpoint was signed whose last entry is no block"
                    raise refuses(batch.size - 1, "checkpoint-block", said)
                transaction.add_checkpoint(batch.size, signed_alone(note, self._verifier))
        batch.committed()
        self._again.differs = batch.differs


def require_in(source: Source, after: Frontier, checkpoint: Checkpoint) -> None:
    """The checkpoint is reached from this tree; raises `OperatorAnswerRefused`."""
    try:
        if after.size == checkpoint.size:
            if after.root() != checkpoint.root:
                raise merkle.ProofRefused("their root is another one")
            return
        proof = source.consistency(after.size, checkpoint.size)
        merkle.verify_consistency(after.size, checkpoint.size, after.root(), checkpoint.root, proof)
    except merkle.ProofRefused as error:
        raise OperatorAnswerRefused(
            f"the {after.size} entries it gave are not those of checkpoint {checkpoint.size}: "
            f"{error.detail}"
        ) from None


def require_extended(store: Store, checkpoint: Checkpoint, have: Frontier) -> None:
    """The mirror's tree extends this checkpoint, or the log signed two histories; its last entry is a block.

    Raises `MirrorRefuses`.
    """
    if checkpoint.size == 0:
        return
    with store.read() as transaction:
        root = merkle.tree_root(node_reader(transaction.tile), checkpoint.size)
        last = transaction.entry(checkpoint.size - 1)
    if root != checkpoint.root:
        said = (
            f"the log signed a checkpoint of {checkpoint.size} entries with another root than the "
            f"{have.size} entries that it signed before"
        )
        raise refuses(checkpoint.size - 1, "checkpoint-inconsistent", said)
    if last is None or last.type != block_type:
        said = "a checkpoint was signed whose last entry is no block"
        raise refuses(checkpoint.size - 1, "checkpoint-block", said)


def signed_alone(note: str, verifier: Verifier) -> str:
    """The note with the log's own signature, as the log keeps it."""
    parsed = Note.parse(note)
    return Note(parsed.text, tuple(line for _, line in parsed.signed_by([verifier]))).encode()
