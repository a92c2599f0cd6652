"""Whether attachments are those that a body names, and say what it says (formats §2)."""

from __future__ import annotations

from typing import Any

import structlog

from tallystick.ledger.entry import Attachment, attachment_bytes_max
from tallystick.ledger.errors import RuleError, TallystickError, defects
from tallystick.ledger.fields import AttachmentRef
from tallystick.ledger.rules import EntryType, RuleSet
from tallystick.ledger.submission import AttachmentMismatch
from tallystick.ledger.verify import Admission

salt_bytes = 32
_log = structlog.get_logger()


class AttachmentUnreadable(TallystickError):
    code = "attachment-unreadable"
    status = 422
    title = "An attachment could not be compared with its body"
    advice = "Report what was sent to whoever runs the node: its check failed on it."


def reference_to(attachment: Attachment) -> AttachmentRef:
    """As a body names it."""
    size = len(attachment.data)
    return AttachmentRef(
        hash=attachment.hash(), type=attachment.type, size=size, grade=attachment.grade
    )


def attachment_fault(
    entry_type: EntryType,
    body: Any,
    attachments: tuple[Attachment, ...],
    known: Admission = "unchecked",
    *,
    whole: bool = True,
) -> TallystickError | None:
    """`AttachmentMismatch`, what the type's own check says, or None.

    Unless `whole`, some may be missing, since they can be erased; then only what they are is looked at.
    `known`: the answer, where somebody looked before.
    """
    if known == "admitted" or not (attachments or entry_type.attachments):
        return None
    if isinstance(known, TallystickError):
        return known
    try:
        complete = _check_named(entry_type, body, attachments, whole=whole)
        if entry_type.admit and complete:
            _admit(entry_type, body, attachments)
    except TallystickError as error:
        return error
    return None


def admission(
    rules: RuleSet, entry_type: str, body: bytes, attachments: tuple[Attachment, ...]
) -> Admission:
    """As `attachment_fault`, for a body in bytes; what is no body is left to the judge."""
    try:
        model = rules.parse_body(entry_type, body)
    except RuleError:
        return "unchecked"
    return attachment_fault(rules.type(entry_type), model, attachments) or "admitted"


def _check_named(
    entry_type: EntryType, body: Any, attachments: tuple[Attachment, ...], *, whole: bool
) -> bool:
    """Whether all that are named are there; raises `AttachmentMismatch` for any that is not named."""
    named = (
        {ref.hash: ref for ref in entry_type.attachments(body)} if entry_type.attachments else {}
    )
    sent = {attachment.hash(): attachment for attachment in attachments}
    complete = named.keys() == sent.keys()
    if not sent.keys() <= named.keys() or len(sent) != len(attachments) or (whole and not complete):
        raise AttachmentMismatch("the attachments sent are not those that the body names")
    for digest, attachment in sent.items():
        ref = named[digest]
        said = (ref.type, ref.size, ref.grade)
        if said != (attachment.type, len(attachment.data), attachment.grade):
            raise AttachmentMismatch(f"type, size or grade of {digest} differ from the body")
        if len(attachment.data) > attachment_bytes_max or len(attachment.salt) != salt_bytes:
            raise AttachmentMismatch(f"{digest} is too large, or its salt is not 32 bytes")
    return complete


def _admit(entry_type: EntryType, body: Any, attachments: tuple[Attachment, ...]) -> None:
    """The type's own check; a defect of it is no reason to hold up a stream, let alone others' entries."""
    if entry_type.admit is None:
        return
    try:
        entry_type.admit(body, {a.hash(): a.data for a in attachments})
    except defects as error:
        _log.error("admission-failed", type=entry_type.name, error=repr(error))
        raise AttachmentUnreadable(f"{entry_type.name}: {type(error).__name__}") from None
