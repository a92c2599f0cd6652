"""A log's side of C2SP tlog-witness: asks one witness over HTTP for cosignatures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import httpx

from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.clock import Clock, SystemClock
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteSignature, NoteSignatureFails
from tallystick.ledger.witness.cosignature import Cosigner, cosigned_at
from tallystick.ledger.witness.errors import (
    CheckpointInconsistent,
    CheckpointNotTrusted,
    CosignatureRefused,
    LogStopped,
    LogUnknown,
    WitnessAhead,
    WitnessAnswerRefused,
    WitnessClockWrong,
    WitnessConflict,
    WitnessRequestRefused,
    WitnessUnreachable,
    WitnessWentBack,
)
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.posting import Pause, Posting, said
from tallystick.ledger.witness.request import (
    AddCheckpoint,
    parse_lines,
    parse_size,
    size_media_type,
)
from tallystick.ledger.witness.withholding import problem_member

#: (first, second) -> the consistency proof between two sizes, such as `Snapshot.consistency`.
Prove = Callable[[int, int], Sequence[bytes]]

conflicts_max = 3
clock_off_s_max = 300

_refusals: dict[int, type[TallystickError]] = {
    400: WitnessRequestRefused,
    403: CheckpointNotTrusted,
    404: LogUnknown,
    422: CheckpointInconsistent,
}


class RemoteWitness:
    """A witness by name and key at an address; remembers the size that it last cosigned for us."""

    def __init__(
        self,
        name: str,
        cosigner: Cosigner,
        url: str,
        http: httpx.Client,
        clock: Clock | None = None,
        pause: Pause | None = None,
    ) -> None:
        self.name = name
        self.cosigner = cosigner
        self._posting = Posting(name, f"{url.rstrip('/')}/add-checkpoint", http, pause)
        self._clock = clock or SystemClock()
        self._asking = threading.Lock()
        self._cosigned = self._guess = 0

    def recall(self, size: int) -> None:
        """It cosigned this size for us before this process began: that it must not have forgotten."""
        self._cosigned = max(self._cosigned, size)
        self._guess = max(self._guess, size)

    def cosign(self, note: Note, prove: Prove) -> NoteSignature:
        """Its cosignature of the checkpoint; raises the error that says why there is none."""
        if not self._asking.acquire(blocking=False):
            raise WitnessUnreachable("it has not answered for an earlier checkpoint yet")
        try:
            return self._ask(note, Checkpoint.parse_extended(note.text), prove)
        finally:
            self._asking.release()

    def _ask(self, note: Note, checkpoint: Checkpoint, prove: Prove) -> NoteSignature:
        if self._cosigned > checkpoint.size:
            said = f"it cosigned {self._cosigned} for us already, this is {checkpoint.size}"
            raise WitnessConflict(said, self._cosigned)
        for _ in range(conflicts_max):
            old = self._guess
            proof = tuple(prove(old, checkpoint.size)) if 0 < old < checkpoint.size else ()
            answer = self._posting.post(AddCheckpoint(old, proof, note).encode())
            if answer.status_code != 409:
                line = self._read(answer, note)
                self._guess = self._cosigned = checkpoint.size
                return line
            self._guess = self._conflict(answer, old, checkpoint.size)
        raise WitnessAnswerRefused(f"it named another size {conflicts_max} times")

    def _conflict(self, answer: httpx.Response, old: int, size: int) -> int:
        """The size that it knows, from its answer 409."""
        sized = answer.headers.get("content-type", "").partition(";")[0].strip() == size_media_type
        if old == size and (not sized or parse_size(answer.content) == size):
            # So the specification had it before its change #280: of one size, but another root.
            raise CheckpointInconsistent(f"it cosigned another tree of {size} entries")
        if not sized:
            raise WitnessAnswerRefused(f"an answer 409 is of type {size_media_type}")
        known = parse_size(answer.content)
        if known > size:
            raise WitnessAhead(f"it cosigned {known}, this is {size}", known)
        if known < self._cosigned:
            raise WitnessWentBack(f"it cosigned {self._cosigned} for us, and now says {known}")
        return known

    def _read(self, answer: httpx.Response, note: Note) -> NoteSignature:
        if answer.status_code != 200:
            refusal = _refusals.get(answer.status_code, WitnessAnswerRefused)
            if (
                refusal is CheckpointNotTrusted
                and problem_member(answer, "code") == LogStopped.code
            ):
                refusal = LogStopped
            raise refusal(f"{self.name} answered {answer.status_code}: {said(answer)}")
        try:
            found = Note(note.text, parse_lines(answer.content)).signed_by([self.cosigner])
        except NoteSignatureFails as error:
            raise CosignatureRefused(error.detail) from None
        if not found:
            raise CosignatureRefused(f"no line of its answer is by {self.cosigner.encode()}")
        line = found[0][1]
        off = cosigned_at(line.signature) - self._clock.now_ms() // 1000
        if abs(off) > clock_off_s_max:
            raise WitnessClockWrong(f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} our clock")
        return line


def remote_witnesses(policy: Policy, http: httpx.Client) -> list[RemoteWitness]:
    """Those of a policy that have an address."""
    return [
        RemoteWitness(witness.name, witness.cosigner, witness.url, http)
        for witness in policy.witnesses
        if witness.url
    ]
