"""Writing imported entries so that a second run meets its own entries and adds nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tallystick.ledger import (
    Answer,
    Attachment,
    Author,
    Body,
    InvariantError,
    Ledger,
    LogReader,
    SigningKey,
    StreamAuthor,
    Submission,
    no_prev,
    payload_hash,
)

Keys = Callable[[str], SigningKey]
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry that should be in the log: `id` is the same in every run.

    A body that names the payload hashes of entries written with or before it is made from them, by id.
    """

    id: str
    type: str
    author: str
    body: Body | Callable[[Mapping[str, str]], Body]
    endorsers: tuple[SigningKey, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    streamed: bool = False


@dataclass
class Pens:
    """Signs for the authors whose keys `keys` gives, and appends what is not in the log yet."""

    ledger: Ledger
    reader: LogReader
    keys: Keys
    random: Random
    added: int = 0
    known: int = 0
    refused: list[tuple[Wanted, Answer]] = field(default_factory=list)
    _streams: dict[str, StreamAuthor] = field(default_factory=dict)

    def write(self, wanted: Sequence[Wanted], named: Sequence[Wanted] = ()) -> dict[str, Answer]:
        """Append what is missing; the answer for each id, from this run or an earlier one.

        `named`: entries in the log that these name by their hashes.
        """
        with self.reader.open() as snapshot:
            rows = snapshot.known([want.id for want in (*wanted, *named)])
        told: dict[str, Answer] = {}
        fresh: list[tuple[Wanted, Submission]] = []
        hashes = {one.id: rows[one.author, one.id].payload_hash.hex() for one in named}
        for want in wanted:
            row = rows.get((want.author, want.id))
            if row is None:
                body = want.body if isinstance(want.body, Body) else want.body(hashes)
                submission = self._sign(want, body)
                fresh.append((want, submission))
                hashes[want.id] = payload_hash(submission.envelope).hex()
            else:
                told[want.id] = Answer.of(row, duplicate=True)
                hashes[want.id] = row.payload_hash.hex()
        self.known += len(told)
        answers = self.ledger.append([submission for _, submission in fresh]) if fresh else []
        for (want, _), answer in zip(fresh, answers, strict=True):
            told[want.id] = answer
            if answer.accepted:
                self.added += 1
            elif want.streamed:
                raise answer.problem or answer.refusal or InvariantError(str(answer))
            else:
                self.refused.append((want, answer))
        return told

    def knows(self, wanted: Sequence[Wanted]) -> bool:
        """Whether all of these were written before."""
        with self.reader.open() as snapshot:
            rows = snapshot.known([want.id for want in wanted])
        return all((want.author, want.id) in rows for want in wanted)

    def _sign(self, want: Wanted, body: Body) -> Submission:
        if want.streamed:
            stream = self._stream(want.author)
            return stream.write(want.type, body, want.attachments, entry_id=want.id)
        return self._author(want.author).write(
            want.type,
            body,
            endorsers=want.endorsers,
            attachments=want.attachments,
            entry_id=want.id,
        )

    def _author(self, handle: str) -> Author:
        key = self.keys(f"300:{handle}")
        return Author(self.ledger.origin, handle, key, self.ledger.clock, self.random)

    def _stream(self, handle: str) -> StreamAuthor:
        if handle not in self._streams:
            with self.reader.open() as snapshot:
                seq, prev = snapshot.stream(handle) or (-1, no_prev)
            self._streams[handle] = StreamAuthor(self._author(handle), seq + 1, prev)
        return self._streams[handle]
