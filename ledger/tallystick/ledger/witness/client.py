"""A log's side of C2SP tlog-witness: asks one witness over HTTP for cosignatures."""

from __future__ import annotations

import json
import random
import threading
import time
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
from tallystick.ledger.witness.request import (
    AddCheckpoint,
    answer_bytes_max,
    parse_lines,
    parse_size,
    size_media_type,
)

#: (first, second) -> the consistency proof between two sizes, such as `Snapshot.consistency`.
Prove = Callable[[int, int], Sequence[bytes]]

timeout_s = 5
attempts_max = 3
conflicts_max = 3
pause_ms = 200
clock_off_s_max = 300

_headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}
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
        pause: Callable[[int], None] | None = None,
    ) -> None:
        self.name = name
        self.cosigner = cosigner
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._http = http
        self._clock = clock or SystemClock()
        self._pause = pause or _pause
        self._asking = threading.Lock()
        self._cosigned = self._guess = 0

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
            answer = self._post(AddCheckpoint(old, proof, note).encode())
            if answer.status_code != 409:
                line = self._read(answer, note)
                self._guess = self._cosigned = checkpoint.size
                return line
            self._guess = self._conflict(answer, checkpoint.size)
        raise WitnessAnswerRefused(f"it named another size {conflicts_max} times")

    def _conflict(self, answer: httpx.Response, size: int) -> int:
        """The size that it knows, from its answer 409."""
        if answer.headers.get("content-type", "").partition(";")[0].strip() != size_media_type:
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
            if refusal is CheckpointNotTrusted and _code(answer) == LogStopped.code:
                refusal = LogStopped
            raise refusal(f"{self.name} answered {answer.status_code}: {_said(answer)}")
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

    def _post(self, data: bytes) -> httpx.Response:
        """The answer; asks again after a failure of the network or of the server."""
        said = ""
        for attempt in range(attempts_max):
            if attempt:
                self._pause(random.randrange(pause_ms, pause_ms * 2**attempt))
            try:
                answer = self._send(data)
            except httpx.HTTPError as error:
                said = str(error) or type(error).__name__
                continue
            except (httpx.InvalidURL, UnicodeError) as error:
                raise WitnessUnreachable(f"{self.name}: no address: {error}") from None
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            said = f"it answered {answer.status_code}: {_said(answer)}"
        raise WitnessUnreachable(f"{self.name}: {said}")

    def _send(self, data: bytes) -> httpx.Response:
        """One request; limits bytes and time of the answer, which is read as it was sent."""
        until = time.monotonic_ns() + timeout_s * 10**9
        with self._http.stream(
            "POST", self._url, content=data, headers=_headers, timeout=timeout_s
        ) as answer:
            got = bytearray()
            for chunk in answer.iter_raw():
                got += chunk
                if len(got) > answer_bytes_max:
                    raise WitnessAnswerRefused(f"it has more than {answer_bytes_max} bytes")
                if time.monotonic_ns() > until:
                    raise httpx.ReadTimeout(f"the answer took more than {timeout_s} s")
            kind = {"content-type": answer.headers.get("content-type", "")}
            return httpx.Response(answer.status_code, headers=kind, content=bytes(got))


def _pause(ms: int) -> None:
    time.sleep(ms / 1000)


def remote_witnesses(policy: Policy, http: httpx.Client) -> list[RemoteWitness]:
    """Those of a policy that have an address."""
    return [
        RemoteWitness(witness.name, witness.cosigner, witness.url, http)
        for witness in policy.witnesses
        if witness.url
    ]


def _code(answer: httpx.Response) -> object:
    """What our own witnesses call their refusal; the protocol has the status alone."""
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return told.get("code") if isinstance(told, dict) else None


def _said(answer: httpx.Response) -> str:
    """What a refusal says, on one line and printable."""
    text = answer.content[:300].decode(errors="replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()
