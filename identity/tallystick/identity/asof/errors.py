"""Why a record cannot be shown as of then."""

from __future__ import annotations

from tallystick.ledger import TallystickError

_advice = "Give the index of an entry, or a time as RFC 3339 writes it: 2026-03-05T08:00:00Z."


class AsOfMalformed(TallystickError):
    code = "as-of-malformed"
    status = 400
    title = "This is neither an index nor a time"
    advice = f"{_advice} In an address a + is written %2B."


class AsOfBeyondLog(TallystickError):
    code = "as-of-beyond-log"
    status = 404
    title = "The log has no entry at this index yet"
    advice = "Leave `asOf` out for the record as it stands now."


class AsOfBeforeLog(TallystickError):
    code = "as-of-before-log"
    status = 404
    title = "The log had not begun at this time"
    advice = "Ask for a later time; entry 0 has the first one."


class AsOfBeforeRecord(TallystickError):
    code = "as-of-before-record"
    status = 404
    title = "There was no such record yet"
    advice = "Its history names the entry that wrote its first version."


class AsOfNotTold(TallystickError):
    code = "as-of-not-told"
    status = 502
    title = "The server that was asked does not tell what a record said then"
    advice = "Ask the node at which the handle is kept, over HTTP or by a protocol that it answers as of then."


class RecordUnknown(TallystickError):
    code = "record-unknown"
    status = 404
    title = "There was never a record under this handle"
    advice = "Compare it with what is printed, sign by sign."
