"""A node that keeps only the rules of streams and ids, and a device that talks to it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tallystick.ledger import Entry, Envelope, PrivateKey, SetClock, SigningKey, body_hash
from tallystick.ledger.entry import no_prev, pae
from tallystick.ledger.receipt import Received, sign_receipt
from tallystick.scanners import Device, NodeAway, Queue, QueueLimits, Sending

origin = "log.example/99.100/simulated"
scanner = "99.100.7/scanner-1"
key = SigningKey(f"300:{scanner}", PrivateKey.from_seed(b"d" * 32))
receipt_key = SigningKey("300:99.100/node", PrivateKey.from_seed(b"r" * 32))


class FakeNode:
    """Enforces formats §2 for streams: signature, origin, id, seq, prev, body and attachments."""

    def __init__(self) -> None:
        self.log: list[tuple[bytes, str]] = []
        self.refuse_codes: dict[int, str] = {}
        self.revoked = False
        self.requests = 0

    def entries(self) -> list[Entry]:
        return [Entry.parse(Envelope.parse(leaf).payload) for leaf, _ in self.log]

    def post(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.requests += 1
        results, received = [], []
        for row in json.loads(json.dumps(request))["entries"]:
            result = self._one(row)
            results.append(result)
            if "problem" not in result:
                entry = self.entries()[result["index"]]
                received.append(
                    Received(
                        entry.author, entry.id, result["index"], result["leaf_hash"],
                        result["outcome"],
                    )
                )  # fmt: skip
        signed = sign_receipt(origin, received, "2026-03-05T08:00:01.000Z", receipt_key)
        return {"results": results, "receipt": signed if received else None}

    def _one(self, row: dict[str, Any]) -> dict[str, Any]:
        leaf = json.dumps(row["envelope"], separators=(",", ":"), sort_keys=True).encode()
        envelope = Envelope.parse(leaf)
        entry = Entry.parse(envelope.payload)
        known = {e.id: index for index, e in enumerate(self.entries())}
        if entry.id in known:
            index = known[entry.id]
            if Envelope.parse(self.log[index][0]).payload != envelope.payload:
                return _problem("id-used")
            return self._result(index)
        (signature,) = envelope.signatures
        if not key.private.public.verifies(signature.sig, pae(envelope.payload)):
            return _problem("signature-invalid")
        if self.revoked:
            return _problem("key-not-valid")
        mine = [e for e in self.entries() if e.author == entry.author]
        prev = hashlib.sha256(mine[-1].payload()).hexdigest() if mine else no_prev
        if entry.seq is None or entry.seq > len(mine):
            return _problem("stream-gap", expected_seq=len(mine))
        if entry.seq < len(mine) or entry.prev != prev or entry.origin != origin:
            return _problem("stream-fork", expected_seq=len(mine))
        if not _sound(entry, row):
            return _problem("body-mismatch")
        self.log.append((leaf, self.refuse_codes.get(entry.seq, "")))
        return self._result(len(self.log) - 1)

    def _result(self, index: int) -> dict[str, Any]:
        leaf, code = self.log[index]
        return {
            "index": index,
            "leaf_hash": hashlib.sha256(b"\x00" + leaf).hexdigest(),
            "outcome": "refused" if code else "accepted",
            **({"code": code} if code else {}),
        }


def _sound(entry: Entry, row: dict[str, Any]) -> bool:
    body, salt = base64.b64decode(row["body"]), base64.b64decode(row["salt"])
    hashes = [
        hashlib.sha256(base64.b64decode(a["salt"]) + base64.b64decode(a["data"])).hexdigest()
        for a in row["attachments"]
    ]
    return entry.body_hash == body_hash(salt, body) and all(h.encode() in body for h in hashes)


def _problem(code: str, **members: int) -> dict[str, Any]:
    problem = {"code": code, "status": 409, "title": code, "detail": "as the test wants", **members}
    return {"problem": problem}


class Line:
    """The transport between them. `faults` says what becomes of the next sends, in order: `ok`,
    `request-lost`, `reply-lost`; then everything arrives."""

    def __init__(self, node: FakeNode) -> None:
        self.node = node
        self.faults: list[str] = []
        self.away = False

    def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        fault = self.faults.pop(0) if self.faults else "ok"
        if self.away or fault == "request-lost":
            raise NodeAway("no route")
        answer = self.node.post(request)
        if fault == "reply-lost":
            raise NodeAway("connection reset while reading")
        return answer


class Rig:
    """A device, its queue file, a line and a node; `restart` opens the same queue again."""

    def __init__(self, folder: Path, limits: QueueLimits | None = None, batch: int = 4) -> None:
        self.path = folder / "queue.sqlite"
        self.limits = limits
        self.node = FakeNode()
        self.line = Line(self.node)
        self.clock = SetClock("2026-03-05T08:00:00.000Z")
        self.pauses: list[float] = []
        self.random = Random(7)
        self.sending = Sending(batch_entries_max=batch, attempts=3)
        self.open()

    def open(self) -> None:
        self.queue = Queue(self.path, scanner, origin, self.limits)
        self.device = Device(
            scanner,
            key,
            origin,
            self.queue,
            self.line,
            self.clock,
            self.random.randbytes,
            receipt_key=receipt_key.private.public,
            sending=self.sending,
            sleep=self.pauses.append,
        )

    def restart(self) -> None:
        self.queue.close()
        self.open()

    def scan(self, number: int) -> int:
        """Capture that item `number` was received."""
        self.clock.advance(1000)
        return self.device.capture(
            [
                {
                    "type": "ObjectEvent",
                    "eventTime": "2026-03-05T08:00:00.000Z",
                    "eventTimeZoneOffset": "+08:00",
                    "action": "OBSERVE",
                    "bizStep": "receiving",
                    "epcList": [f"hdl:99.100.7/SN-{number:04d}"],
                }
            ]
        )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.queue.close()


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        folder = tmp_path / str(len(made))
        made.append(Rig(folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.queue.close()


@pytest.fixture(scope="session")
def make_rig_at() -> Callable[[Path], Rig]:
    return Rig


def chain_faults(queue: Queue) -> list[str]:
    """What is wrong with the stream in a queue: gaps, forks, wrong order."""
    faults: list[str] = []
    prev = no_prev
    end = queue.position()
    for seq in range(end.seq):
        queued = queue.entry(seq)
        if queued is None:
            faults.append(f"gap at {seq}")
            continue
        entry = Entry.parse(Envelope.parse(queued.submission.envelope).payload)
        if (entry.seq, entry.prev) != (seq, prev):
            faults.append(f"fork at {seq}")
        prev = hashlib.sha256(entry.payload()).hexdigest()
    if end.prev != prev or queue.entry(end.seq) is not None:
        faults.append("the position does not continue the last entry")
    return faults


@pytest.fixture(name="chain_faults")
def _chain_faults() -> Callable[[Queue], list[str]]:
    return chain_faults
