"""What stops an import or an export, and what a reader of files says line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger import TallystickError

told_faults_max = 20


class ImportRefused(TallystickError):
    code = "handle-import-refused"
    status = 422
    title = "Nothing was taken in: the source has faults"
    advice = "Correct the lines that are named, and import the whole source again."

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> ImportRefused:
        told = [fault.sentence() for fault in faults[:told_faults_max]]
        if len(faults) > told_faults_max:
            told.append(f"and {len(faults) - told_faults_max} more")
        return cls("; ".join(told))


class ImportStopped(TallystickError):
    code = "handle-import-stopped"
    status = 409
    title = "The import stopped before its end"
    advice = (
        "What is in stays in. Correct what is named and give the same source again: "
        "it goes on where it stopped, and takes nothing in twice."
    )


class SourceRefused(TallystickError):
    code = "handle-source-refused"
    status = 400
    title = "This source of handles cannot be read"
    advice = (
        "Give a batch file, CSV or NDJSON in UTF-8, or the address of a database with a table `handles`, "
        "and say which it is with --format."
    )


class TargetRefused(TallystickError):
    code = "handle-target-refused"
    status = 409
    title = "Handles cannot be written there"
    advice = "Give another file, or a database with no table `handles` or with one in the Handle server's layout."


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line (or a row, counted from 1) cannot be taken in."""

    line: int
    handle: str
    reason: str

    def sentence(self) -> str:
        named = f" ({self.handle})" if self.handle else ""
        return f"line {self.line}{named}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Notice(Fault):
    """What is left out or changed on the way, without stopping it."""
