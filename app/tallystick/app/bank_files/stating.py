"""The entries that a notification is evidence of, signed and sent in batches.

What stands is not said again: a payment that was stated is matched as such, and rules take no evidence, receipt or return
of it a second time, whoever else reads the same file meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import tallystick.finance as finance
from tallystick.app.bank_files.matching import Proposal
from tallystick.app.recorded import recorded
from tallystick.app.writing import Log
from tallystick.ledger import (
    Answer,
    Author,
    SigningKey,
    Submission,
    SystemClock,
    batch_entries_max,
    reference_to,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What became of a proposal: the index of its entry, or why it was refused."""

    proposal: Proposal
    index: int
    problem: str


def state(
    proposals: Sequence[Proposal],
    log: Log,
    origin: str,
    signers: Sequence[SigningKey],
    tick: Callable[[int, int], None],
    *,
    records: bool = True,
) -> Iterator[Stated]:
    """Signed by all, of whom the first is the author's, with the lines themselves as `records`. A refused one keeps no
    other back."""
    first, *others = signers
    handle = first.keyid.partition(":")[2]
    author = Author(origin, handle, first, SystemClock())
    for start in range(0, len(proposals), batch_entries_max):
        batch = proposals[start : start + batch_entries_max]
        signed = [_signed(author, one, others, records) for one in batch]
        for one, answer in zip(batch, log.submit(signed), strict=True):
            yield Stated(one, answer.index, _problem(answer))
        tick(start + len(batch), len(proposals))


def _signed(
    author: Author, one: Proposal, others: Sequence[SigningKey], records: bool
) -> Submission:
    """A record that is too large to come along, or that a node would not take, stays with whoever has the file."""
    kept = None
    if records and len(one.record) <= finance.bank_records.record_bytes_max:
        with suppress(finance.RecordWrong):
            kept = recorded(one.record)
    if kept is None:
        return author.write(one.type, one.body, endorsers=others)
    body = one.body.model_copy(update={"record": reference_to(kept)})
    return author.write(one.type, body, endorsers=others, attachments=[kept])


def _problem(answer: Answer) -> str:
    problem = answer.problem or answer.refusal
    if problem is not None:
        return f"{problem.code}: {problem.detail}"
    return "" if answer.accepted else str(answer.code)
