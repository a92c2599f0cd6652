"""Laying down a batch of entries in one transaction: leaf, projections and state chain together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from tallystick.ledger import system
from tallystick.ledger.clock import from_instant, instant
from tallystick.ledger.earlier import earlier_entry
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    SigningKey,
    Submission,
    body_hash,
    new_id,
    no_prev,
    public_salt,
    sign_entry,
)
from tallystick.ledger.erasure import erase_named, names_erased
from tallystick.ledger.errors import InvariantError, RuleError, TallystickError, defects
from tallystick.ledger.fields import Body
from tallystick.ledger.governance import Epoch, EpochRefused, epoch_type
from tallystick.ledger.heads import Head
from tallystick.ledger.judge import Judge, Outcome, Stream, first_state
from tallystick.ledger.merkle import Frontier
from tallystick.ledger.rules import Earlier, RuleSet
from tallystick.ledger.signer import LogSigner
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import HeadName
from tallystick.ledger.store import (
    EntryRow,
    SequencerFenced,
    StateCache,
    StoredState,
    Transaction,
    TreeState,
    UnwrittenHeads,
)
from tallystick.ledger.submission import Answer, IdUsed
from tallystick.ledger.tiles import TileBuilder
from tallystick.ledger.verify import Verdict, Verified, verify

_log = structlog.get_logger()


@dataclass
class Tail:
    """What the writer remembers between batches: streams, state, heads that no block has taken in yet, and
    the last, partial tiles.

    `term`: its turn as the only writer; `attempted`: the tree that it tried to commit last, `confirmed`: the
    size of the last one of which it knows that it was (ADR 0024).
    """

    tree: TreeState | None = None
    term: int | None = None
    attempted: TreeState | None = None
    confirmed: int = 0
    streams: dict[str, Stream | None] = field(default_factory=dict)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    cache: StateCache = field(default_factory=StateCache)
    unsealed: dict[HeadName, Head] | None = None

    def meet(self, tree: TreeState | None) -> None:
        """What stands in the store now; raises `SequencerFenced` if this writer did not leave it there."""
        if tree == self.tree:
            return
        mine = self.tree is None or tree == self.attempted
        if self.term is not None and not mine:
            raise SequencerFenced("the tree in the database is not the one that this process left")
        self.forget()

    def forget(self) -> None:
        self.tree = None
        self.unsealed = None
        self.streams.clear()
        self.tiles.clear()
        self.cache.clear()


class Batch:
    """One batch on one transaction. `flush` writes it; call `committed` after the commit."""

    def __init__(
        self, transaction: Transaction, tail: Tail, rules: RuleSet, directory: KeyDirectory
    ) -> None:
        self.transaction = transaction
        self.tail = tail
        self.before = tree = transaction.tree()
        tail.meet(tree)
        self.block_size = tree.block_size if tree else 0
        self.state = StoredState(transaction, rules, tail.cache)
        self._judge = Judge(
            rules,
            directory,
            self.state,
            self._stream,
            index=tree.size if tree else 0,
            chain=tree.state if tree else first_state,
            block_time=tree.block_time if tree else "",
        )
        self._judge.find_earlier = self._earlier
        frontier = Frontier.decode(tree.size, tree.frontier) if tree else Frontier()
        self._tiles = TileBuilder(frontier, self._tile)
        self._entries: list[EntryRow] = []
        self._bodies: list[tuple[int, bytes, bytes]] = []
        self._attachments: list[tuple[int, Attachment]] = []
        self._erased: list[tuple[int, str]] = []
        self._parties: list[tuple[str, int]] = []
        self._taken: dict[tuple[str, str], EntryRow] = {}
        self._read: dict[bytes, Body] = {}
        self._heads = UnwrittenHeads(transaction, tail.unsealed)

    @property
    def block_time(self) -> str:
        return self._judge.block_time

    def know(self, ids: list[str]) -> None:
        """Load what was taken before under these ids; what this batch took stands already."""
        for key, row in self.transaction.known_ids(ids).items():
            self._taken.setdefault(key, row)

    def expect(self, submissions: Sequence[Submission], verdicts: Sequence[Verdict]) -> None:
        """Load together what these entries were taken under before, and what their rules read."""
        found = [v for v in verdicts if isinstance(v, Verified)]
        self.know([verified.entry.id for verified in found])
        keys: list[tuple[str, str]] = []
        self._read.clear()
        for submission, verdict in zip(submissions, verdicts, strict=True):
            if isinstance(verdict, Verified):
                keys.extend(self._reads(verdict, submission.body))
        self.state.prefetch(keys)

    def _reads(self, verified: Verified, body: bytes) -> Iterable[tuple[str, str]]:
        """What the rule is likely to read. The parsed body is kept for the rule: it is the signed one."""
        if not verified.body_checked:
            return ()
        rules = self._judge.rules
        known = rules.types.get(verified.entry.type)
        if known is None or known.reads is None:
            return ()
        try:
            parsed = self._read[verified.payload_hash] = rules.parse_body(known.name, body)
        except RuleError:
            return ()
        return known.reads(parsed)

    def add(self, submission: Submission, verified: Verified) -> Answer:
        """Take in one entry, or say why not; problems are returned so that the batch goes on."""
        entry = verified.entry
        taken = self._taken.get((entry.author, entry.id))
        if taken is not None:
            if taken.payload_hash == verified.payload_hash:
                return Answer.of(taken, duplicate=True)
            return Answer(entry.author, entry.id, problem=IdUsed(entry.id))
        try:
            read = self._read.get(verified.payload_hash) if verified.body_checked else None
            outcome = self._judge.outcome(submission, verified, intake=True, body=read)
        except TallystickError as error:
            return Answer(entry.author, entry.id, problem=error)
        except defects as error:
            # A defect of a rule must not hold up the entries of others.
            defect = InvariantError(f"{entry.type} failed: {type(error).__name__}")
            _log.error("rule-failed", type=entry.type, id=entry.id, error=repr(error))
            return Answer(entry.author, entry.id, problem=defect)
        return self._lay_down(submission, verified, outcome)

    def seal(self, signer: LogSigner, now_ms: int, random: bytes) -> None:
        """Append a block: the tree before it, its state, and the time of what follows."""
        last: Any = self.state.get("log", "block")
        height = last["height"] + 1
        heads = self.seal_heads()
        time_ms = max(now_ms, from_instant(last["time"]))
        body = system.Block(
            height=height,
            size=self._judge.index,
            root=self._tiles.frontier.root().hex(),
            time=instant(time_ms),
            state=self._judge.chain.hex(),
            heads=heads.hex(),
        ).encode()
        self._own(signer.origin, system.block_type, body, [signer.key], (time_ms, random))
        self.block_size = self._judge.index

    def begin_epoch(
        self, body: Epoch, origin: str, keys: Sequence[SigningKey], now_ms: int, random: bytes
    ) -> None:
        """Append the epoch's entry, signed by the keys that it names; raises `EpochRefused`."""
        root = self._tiles.frontier.root().hex()
        if body.root != root or self.block_size != self._judge.index:
            raise EpochRefused(f"the tree of this store has the root {root}, or ends in no block")
        self._judge.begins_epoch = True
        time_ms = max(now_ms, from_instant(self.block_time))
        self._own(origin, epoch_type, body.encode(), keys, (time_ms, random))

    def _own(
        self,
        origin: str,
        entry_type: str,
        body: bytes,
        keys: Sequence[SigningKey],
        made: tuple[int, bytes],
    ) -> None:
        """An entry of the log's own stream; `made`: time and random bytes of its id."""
        log = keys[0].keyid.partition(":")[2]
        seq, prev = self._judge.stream(log) or (-1, no_prev)
        entry = Entry(
            origin,
            entry_type,
            log,
            new_id(*made),
            instant(made[0]),
            body_hash(public_salt, body),
            seq=seq + 1,
            prev=prev,
        )
        submission = Submission(sign_entry(entry, keys), body, public_salt)
        verified = verify(submission, {key.keyid: key.private.public for key in keys})
        if not isinstance(verified, Verified):
            raise verified
        answer = self.add(submission, verified)
        if answer.problem is not None:
            raise answer.problem

    def flush(self) -> None:
        """Write everything; the caller's transaction then commits."""
        t = self.transaction
        self._settle_heads()
        streams = [(author, seq, prev) for author, (seq, prev) in self._judge.streams.items()]
        with t.together():
            t.add_entries(self._entries)
            t.add_bodies(self._bodies)
            t.add_attachments(self._attachments)
            t.add_parties(self._parties)
            t.put_tiles((level, n, bytes(data)) for (level, n), data in self._tiles.touched.items())
            t.put_streams(streams)
            self.state.flush()
        erase_named(t, self._erased)
        self._heads.flush()
        frontier = self._tiles.frontier
        self.after = TreeState(
            frontier.size,
            frontier.root(),
            frontier.encode(),
            self._judge.chain,
            self.block_size,
            self._judge.block_time,
        )
        self.tail.attempted = self.after
        t.set_tree(self.before, self.after, self.tail.term)

    def confirm(self) -> bool:
        """Instead of `flush`: have confirmed what an earlier commit left unconfirmed; whether there was any."""
        size, tail = self.before.size if self.before else 0, self.tail
        if size <= tail.confirmed or tail.term is None:
            return False
        self.transaction.terms.confirm(tail.term, size)
        return True

    def confirmed(self) -> None:
        """Call after the commit, if `confirm` had something to do."""
        self.tail.confirmed = self.before.size if self.before else 0

    def committed(self) -> None:
        """Call after the commit: later batches start from here."""
        self.state.committed()
        self.tail.tree = self.after
        self.tail.confirmed = self.after.size
        self.tail.unsealed = self._heads.unsealed
        self.tail.streams.update(self._judge.streams)
        self.tail.tiles = {
            key: bytes(data)
            for key, data in self._tiles.touched.items()
            if key[1] == (self.after.size >> 8 * key[0]) // 256
        }

    def _lay_down(self, submission: Submission, verified: Verified, outcome: Outcome) -> Answer:
        entry, index = verified.entry, self._judge.index
        refusal = outcome.refusal
        row = EntryRow(
            index,
            entry.author,
            entry.id,
            entry.type,
            entry.seq,
            "refused" if refusal else "accepted",
            refusal.code if refusal else None,
            self._judge.time_of(entry),
            verified.payload_hash,
            verified.leaf_hash,
            verified.envelope,
        )
        kept = replace(submission, attachments=()) if refusal else submission
        self._judge.take(verified, outcome)
        self._tiles.append(verified.leaf_hash)
        self._entries.append(row)
        self._taken[entry.author, entry.id] = row
        self._bodies.append((index, kept.salt, kept.body))
        self._attachments.extend((index, attachment) for attachment in kept.attachments)
        self._erased.extend(names_erased(outcome.effects))
        self._parties.extend((party, index) for party in outcome.parties)
        if outcome.contradiction is not None:
            told = outcome.contradiction
            _log.warning("attachment-contradicts", index=index, code=told.code, detail=told.detail)
        return Answer.of(row, refusal=refusal, contradiction=outcome.contradiction)

    def seal_heads(self) -> bytes:
        """The root of the map of heads that the block which comes next states."""
        self._settle_heads()
        # The block before may itself have touched names.
        return self._heads.seal(self._judge.index, self.block_size - 1)

    def _settle_heads(self) -> None:
        self._heads.take(self._judge.touches)
        self._judge.touches = []

    def _earlier(self, index: int) -> Earlier | None:
        """An entry of this batch, or one that is stored."""
        start = self.before.size if self.before else 0
        if index >= start:
            row, body = self._entries[index - start], self._bodies[index - start][2]
        else:
            stored, beside = self.transaction.entry(index), self.transaction.body(index)
            if stored is None or beside is None:
                return None
            row, body = stored, beside.data
        accepted = row.outcome == "accepted"
        return earlier_entry(self._judge.rules, row.leaf, body, accepted=accepted)

    def _stream(self, author: str) -> Stream | None:
        if author not in self.tail.streams:
            self.tail.streams[author] = self.transaction.stream(author)
        return self.tail.streams[author]

    def _tile(self, level: int, n: int) -> bytes:
        found = self.tail.tiles.get((level, n))
        return self.transaction.tile(level, n) if found is None else found
