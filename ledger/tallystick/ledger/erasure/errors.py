"""Why an erasure is refused, and what readers get where something was erased."""

from __future__ import annotations

from tallystick.ledger.errors import RuleError, TallystickError


class AttachmentUnknown(RuleError):
    code = "attachment-unknown"
    title = "The entry named holds no attachment of this hash"
    advice = "`tallystick log entry INDEX` lists the attachments of an entry."


class NotTheOwner(RuleError):
    code = "not-the-owner"
    status = 403
    title = (
        "Only the owner of an attachment has it erased: whoever the author of its entry speaks for"
    )
    advice = "Let a key of the owner sign the erasure too."


class ErasedAlready(RuleError):
    code = "erased-already"
    status = 409
    title = "This attachment was erased before"


class AttachmentErased(TallystickError):
    """`entry`, `owner`, `author`, `reason`, `text_class`, `time` of the erasure are members of the problem."""

    code = "attachment-erased"
    status = 410
    title = "The attachment was erased"
    advice = "It is nowhere to be had. The log still proves that it was there, and by whom it was erased."


class AttachmentMissing(TallystickError):
    code = "attachment-missing"
    status = 404
    title = "The attachment is not here, and no entry erased it"
    advice = "Ask the operator, or a mirror. An audit counts it as missing."


class ErasureStatementRefused(TallystickError):
    code = "erasure-statement-refused"
    status = 422
    title = "This is no statement of a mirror about its erasures"
    advice = "Take it again from the mirror, and compare the mirror's key with what it publishes."


class ErasureStatementOlder(TallystickError):
    code = "erasure-statement-older"
    status = 409
    title = "The mirror has stated more than this before"


class ErasureListRefused(TallystickError):
    code = "erasure-list-refused"
    status = 422
    title = "This is no list of erasures"
    advice = "Save what `GET /v1/erasures` of the log or of a mirror answers, whole."


class NothingToErase(TallystickError):
    code = "nothing-to-erase"
    status = 404
    title = "The entry holds no attachment that is not erased already"
    advice = "`tallystick log entry INDEX` lists the attachments of an entry."
