"""Codes of batches become records when somebody scans them: `identity.seen/1` goes in before the capture.

A device knows neither secret nor leaves, and trace has neither; the node that issued has both. So where entries
come in, captures are searched for codes that were issued and not yet seen, and what proves them is written first
by the author that issued the batch. Who may say so is decided by the rule; what it refuses is refused to the
capture too, by name (`unregistered-item`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from tallystick.app.keystore import KeyMissing
from tallystick.app.writing import Pens
from tallystick.identity import Directory, Said, UnknownParty, minting, names, speaker
from tallystick.ledger import (
    Answer,
    Checker,
    Entry,
    Envelope,
    Submission,
    TallystickError,
    View,
)

capture_type = "trace.capture/1"
_code = re.compile(rb'"([0-9]+(?:\.[0-9]+)*/[0-9A-HJKMNP-TV-Z]{20})"')
_log = structlog.get_logger()


class Log(Protocol):
    """What takes entries in."""

    def submit(self, submissions: list[Submission]) -> list[Answer]: ...

    def receipt(self, answers: list[Answer]) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code that is issued and not yet seen, and the author of the capture that names it."""

    issued: minting.Issued
    by: str


@dataclass
class SeeingLog:
    """A log that has codes seen before the captures that name them."""

    log: Log
    pens: Pens
    codes: minting.IssuedCodes
    folder: minting.Folder
    _directory: Directory = field(default_factory=Directory)
    _checker: Checker = field(default_factory=Checker)

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        named = [(one, found) for one in submissions if (found := set(_code.findall(one.body)))]
        if named and self.folder.issues():
            self._see(named)
        return self.log.submit(submissions)

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self.log.receipt(answers)

    def _see(self, named: list[tuple[Submission, set[bytes]]]) -> None:
        """What fails here keeps no capture out: the rule of the capture says what is missing."""
        with self.pens.node.look() as view:
            scanned = {
                one.issued.handle: one
                for submission, handles in named
                for one in self._scanned(view, submission, sorted(handles))
            }
        by_issuer: dict[str, list[Said]] = {}
        for one in scanned.values():
            by_issuer.setdefault(one.issued.batch.author, []).append(_seen(one))
        for issuer, said in by_issuer.items():
            try:
                answers = self.pens.of(issuer).write(said)
            except (KeyMissing, UnknownParty) as error:
                _log.warning("codes-not-seen", issuer=issuer, count=len(said), why=error.code)
                continue
            refused = [answer for answer in answers if not answer.accepted]
            _log.info("codes-seen", issuer=issuer, count=len(said), refused=len(refused))

    def _scanned(self, view: View, submission: Submission, named: list[bytes]) -> Iterator[Scanned]:
        """Codes of a capture that are not records yet, if its author signed it and may have them seen."""
        serials = [one.decode() for one in named if minting.read_serial(one.decode()) is not None]
        # Nobody makes this node look for codes who has signed nothing.
        author = self._author(view, submission) if serials else None
        if author is None:
            return
        unseen = [
            found
            for handle in serials
            if view.get("handle", names.fold(handle)) is None
            and (found := self.codes.find(view, handle)) is not None
        ]
        who = speaker(view, author)
        for found in unseen:
            if minting.may_see(view, found.batch, found.proof.position, who):
                yield Scanned(found, author)
            elif found.batch.share_of(found.proof.position) is None:
                # Nobody else is to make it: the issuer says so on its own account.
                yield Scanned(found, found.batch.author)

    def _author(self, view: View, submission: Submission) -> str | None:
        """Who signed the capture with a key that is valid now; anybody can send what nobody signed."""
        try:
            envelope = Envelope.parse(submission.envelope)
            entry = Entry.parse(envelope.payload)
            if entry.type != capture_type:
                return None
            records = [self._directory.key(view, one.keyid) for one in envelope.signatures]
            keys = {one.reference: one.public for one in records if one and one.until is None}
            (verdict,) = self._checker.start([submission], keys)[0].result()
            own = any(names.key_owner(one.keyid) == entry.author for one in envelope.signatures)
            speaker(view, entry.author)
        except TallystickError:
            return None
        return entry.author if own and not isinstance(verdict, TallystickError) else None


def _seen(one: Scanned) -> Said:
    issued = one.issued
    body = minting.Seen(
        handle=issued.handle,
        batch=issued.batch.row["batch"],
        salt=issued.proof.salt.hex(),
        position=issued.proof.position,
        path=tuple(part.hex() for part in issued.proof.path),
        by=None if one.by == issued.batch.author else one.by,
    )
    return Said(minting.seen_type, body)
