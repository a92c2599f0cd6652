"""Refusals of documents: what cannot be read, and what contradicts what is on record."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class DocumentUnreadable(TallystickError):
    code = "document-unreadable"
    status = 400
    title = "This document cannot be read"
    advice = (
        "Send UBL 2.x, CII or Factur-X, the XML of a 数电票, or JSON; the detail names the place."
    )


class DocumentTooLarge(TallystickError):
    code = "document-too-large"
    status = 413
    title = "This document is larger or deeper than one document may be"
    advice = "Split it: one document has at most 4 MiB, 60,000 elements, 32 levels and 1,000 lines."


class DocumentConflict(TallystickError):
    """`differs`: JSON pointers of what is told otherwise on record; `index`: the entry that told it first."""

    code = "document-conflict"
    status = 409
    title = "This number stands for another content already"
    advice = "The first content counts. Use a new number, or a change or credit note."

    def __init__(self, detail: str, differs: list[str], index: int) -> None:
        super().__init__(detail)
        self.differs, self.index = differs, index

    def problem(self) -> dict[str, object]:
        return {**super().problem(), "differs": self.differs, "index": self.index}


class NotYourDocument(TallystickError):
    code = "not-your-document"
    status = 403
    title = "Your organisation is neither buyer nor seller of this document"
    advice = "Each firm sends its own documents; check the identifiers of buyer and seller."


class DocumentNotWaiting(TallystickError):
    code = "document-not-waiting"
    status = 404
    title = "No such document of your organisation waits"
    advice = "`GET /v1/documents/queue` lists what waits and what it lacks."


class QueueFull(TallystickError):
    code = "document-queue-full"
    status = 429
    title = "Too many documents of your organisation wait already"
    advice = "Agree on the missing items, or drop what will never be mapped."
