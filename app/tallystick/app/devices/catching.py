"""Clones are caught where entries come in: a second entry for one place in a device's stream stops the device.

The ledger refuses it (`stream-fork`) and appends nothing. What was sent is the proof, so it is kept here with the entry
that has the place; then this node says `identity.device.suspend/1`, with both, by a key that it holds: of the device's
organisation, of the node that verified it, or of the root. Without any, the proof is kept and shown, and anybody
who is registered may say it (`tallystick device report-clone`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, cast

import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.keystore import KeyMissing
from tallystick.app.writing import Pens
from tallystick.identity import (
    DailyCounts,
    NotEntitled,
    Said,
    UnknownParty,
    devices,
    organisation,
)
from tallystick.ledger import (
    Answer,
    Clock,
    Entry,
    Envelope,
    ForkRow,
    Submission,
    SystemClock,
    TallystickError,
    View,
    instant,
    payload_hash,
)

fork_code = "stream-fork"
capture_type = "trace.capture/1"
unsettled_max = 5
_log = structlog.get_logger()


class Log(Protocol):
    """What takes entries in."""

    def submit(self, submissions: list[Submission]) -> list[Answer]: ...

    def receipt(self, answers: list[Answer]) -> dict[str, object]: ...


@dataclass
class CatchingLog:
    """A log that stops devices whose key is in two hands; `pens` writes into the log behind it."""

    log: Log
    node: Node
    pens: Pens
    counts: DailyCounts
    clock: Clock = field(default_factory=SystemClock)

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        answers = self.log.submit(submissions)
        for submission, answer in zip(submissions, answers, strict=True):
            if answer.problem is not None and answer.problem.code == fork_code:
                self._caught(submission)
        said = Counter(answer.author for answer in answers if answer.type == capture_type)
        for author, times in said.items():
            self.counts.count(author, "entries", times)
        return answers

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self.log.receipt(answers)

    def _caught(self, submission: Submission) -> None:
        """What fails here changes nothing of the answer; it is said in the node's own log."""
        try:
            found = evidence(self.node, submission.envelope, instant(self.clock.now_ms()))
            if found is not None:
                self._stop(found)
        except TallystickError as error:
            _log.warning("clone-not-stopped", code=error.code, detail=error.detail)

    def _stop(self, fork: ForkRow) -> None:
        _log.warning("device-cloned", device=fork.device, seq=fork.seq)
        with self.node.look() as view:
            authors = list(_authors(view, fork.device))
        said = Said(devices.suspend_type, proof_of(fork))
        for author in authors:
            try:
                (answer,) = self.pens.of(author).write([said])
            except (KeyMissing, UnknownParty, NotEntitled):
                continue
            if answer.accepted:
                settle(self.node, fork.device, answer.index)
                _log.warning("device-suspended", device=fork.device, index=answer.index)
                return
        _log.error(
            "device-not-suspended", device=fork.device, why="this node holds no key to say so"
        )


def evidence(node: Node, envelope: bytes, seen: str) -> ForkRow | None:
    """The two envelopes, kept; None if the second shows nothing, as one by a key that is not valid.

    While nobody can stop the device, no more than a few are kept, and looked for: the first shows it as well.
    """
    try:
        entry = Entry.parse(Envelope.parse(envelope).payload)
    except TallystickError:
        return None
    device, seq = entry.author, entry.seq
    if seq is None or not _is_signed(node, device, envelope):
        return None
    with node.store.read() as transaction:
        unsettled = [one for one in transaction.forks.of(device) if one.index is None]
    if len(unsettled) >= unsettled_max:
        return unsettled[0]
    first = _first(node, device, seq, envelope)
    if first is None:
        return None
    row = ForkRow(device, payload_hash(envelope).hex(), seq, seen, first, envelope)
    with node.store.write() as transaction:
        transaction.forks.add(row)
    return row


def proof_of(fork: ForkRow) -> devices.SuspendDevice:
    return devices.SuspendDevice.of(fork.device, fork.first, fork.second)


def settle(node: Node, device: str, index: int) -> None:
    """Note which entry stopped the device."""
    with node.store.write() as transaction:
        transaction.forks.settled(device, index)


def _is_signed(node: Node, device: str, envelope: bytes) -> bool:
    """By a key of the device that is valid now: nobody else makes this node look through its log."""
    with node.look() as view:
        try:
            devices.read(view, device, envelope)
        except TallystickError:
            return False
    return True


def _first(node: Node, device: str, seq: int, second: bytes) -> bytes | None:
    """The entry in the log that the second one contradicts: that of its place, or of the place before."""
    with node.store.read() as transaction:
        found = [transaction.forks.in_stream(device, place) for place in (seq, seq - 1)]
    with node.look() as view:
        later = devices.read(view, device, second)
        for one in found:
            try:
                if one is not None and devices.contradicts(devices.read(view, device, one), later):
                    return one
            except TallystickError:
                continue
    return None


def _authors(view: View, device: str) -> Iterator[str]:
    """Who could say it, the nearest first."""
    own = devices.device(view, device).organisation
    yield own
    node_prefix = organisation(view, own).node
    holder = view.get("prefix", node_prefix)
    if holder is not None:
        yield cast(str, holder["holder"])
    genesis = view.get("log", "genesis")
    if genesis is not None:
        yield cast(str, genesis["root"])
