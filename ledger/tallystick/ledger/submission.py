"""What became of a submitted entry, and the errors that keep one out of the log."""

from __future__ import annotations

from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.store import EntryRow
from tallystick.ledger.values import hot_value


class WrongOrigin(TallystickError):
    code = "wrong-origin"
    status = 422
    title = "The entry was signed for another log"
    advice = "Sign it with the origin that this log's checkpoints name."


class IdUsed(TallystickError):
    code = "id-used"
    status = 409
    title = "The author used this id for another entry"
    advice = (
        "Give every new entry a new UUIDv7; repeat the same bytes to ask for the first receipt."
    )


class StreamGap(TallystickError):
    code = "stream-gap"
    status = 409
    title = "Entries of this stream are missing before this one"
    advice = "Send the entries from `expected_seq` on."


class StreamFork(TallystickError):
    code = "stream-fork"
    status = 409
    title = "Another entry has this place in the author's stream"
    advice = "Stop this device: two signers use its key, or its queue was restored from a copy."


class StreamMode(TallystickError):
    code = "stream-mode"
    status = 409
    title = "The author's first entry decided for ever whether seq and prev are used"
    advice = "Keep to what the first entry did."


class BodyMismatch(TallystickError):
    code = "body-mismatch"
    status = 422
    title = "The body does not fit the signed entry"
    advice = "Send the exact bytes and the salt that were hashed."


class AttachmentMismatch(TallystickError):
    code = "attachment-mismatch"
    status = 422
    title = "The attachments do not fit the body"
    advice = "Send each attachment that the body names, with its salt, once."


class Expired(RuleError):
    code = "expired"
    title = "The entry expired before it was taken in"
    advice = "Decide again, and sign a new entry."


@hot_value
class Answer:
    """One answer per entry, in order. `problem` None: the entry is in the log at `index`.

    `contradiction`: the entry stands, but its attachment does not say what its body says.
    """

    author: str
    id: str
    index: int = -1
    leaf_hash: str = ""
    outcome: str = ""
    code: str | None = None
    time: str = ""
    duplicate: bool = False
    problem: TallystickError | None = None
    refusal: RuleError | None = None
    contradiction: TallystickError | None = None
    type: str = ""

    @staticmethod
    def of(
        row: EntryRow,
        *,
        duplicate: bool = False,
        refusal: RuleError | None = None,
        contradiction: TallystickError | None = None,
    ) -> Answer:
        return Answer(
            row.author,
            row.id,
            row.index,
            row.leaf_hash.hex(),
            row.outcome,
            row.code,
            row.time,
            duplicate,
            refusal=refusal,
            contradiction=contradiction,
            type=row.type,
        )

    @property
    def accepted(self) -> bool:
        return self.outcome == "accepted"
