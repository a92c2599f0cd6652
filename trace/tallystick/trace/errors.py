"""What the trace part refuses, each with the place and the way out."""

from __future__ import annotations

from tallystick.ledger import RuleError, TallystickError


class EpcisRefused(TallystickError):
    """An EPCIS document that does not hold; `members["errors"]` lists every fault found."""

    code = "epcis-refused"
    status = 400
    title = "The EPCIS document is not valid"
    advice = "Correct the named fields; POST /epcis/validate checks a document without storing it."


class SummaryMismatch(TallystickError):
    """The signed body says something else than the document it names."""

    code = "summary-mismatch"
    status = 422
    title = "The capture's summary does not agree with its EPCIS document"
    advice = "Compute the summary from the very bytes of the document and sign again."


class CaptureRefused(RuleError):
    """Base of the refusals of `trace.capture/1`; `members` name the event and the identifier."""

    code = "capture-refused"
    title = "The capture is refused as a whole"
    advice = "Correct the named event and capture again; nothing of this capture was stored."


class MalformedEvent(CaptureRefused):
    code = "malformed-event"
    title = "The event lacks a part that its type needs, or is not in normal form"


class UnregisteredItem(CaptureRefused):
    code = "unregistered-item"
    title = "No handle is registered for an identifier under a prefix of this ledger"
    advice = (
        "Register the handle first, and spell it exactly as registered; or scan the code again."
    )


class NotPrefixHolder(CaptureRefused):
    code = "not-prefix-holder"
    title = "Only the holder of a prefix may bring items under it into being"
    advice = "Let a device of the organisation that holds the prefix commission the item."


class CommissionedTwice(CaptureRefused):
    code = "commissioned-twice"
    title = "The item was commissioned before"
    advice = "Check for a duplicate label; an item is commissioned once."


class ItemGone(CaptureRefused):
    code = "item-gone"
    title = "The item was consumed, destroyed or decommissioned"
    advice = "Check the code: what no longer exists is neither packed, moved nor consumed again."


class NotCustodian(CaptureRefused):
    code = "not-custodian"
    title = "Only who holds an item may consume, destroy or decommission it"
    advice = "Record the receiving of the item first."


class InAnotherParent(CaptureRefused):
    code = "in-another-parent"
    title = "The item is packed in something else"
    advice = "Unpack it from where it is first, or check the code."


class NotContained(CaptureRefused):
    code = "not-contained"
    title = "The parent does not contain this, or not so much of it"
    advice = "Check both codes; only what was packed into a parent can be unpacked from it."


class StillContained(CaptureRefused):
    code = "still-contained"
    title = "The item is still packed in something"
    advice = "Unpack it first."


class AggregationCycle(CaptureRefused):
    code = "aggregation-cycle"
    title = "A parent would contain itself"
    advice = "Check which of the two codes is the container."


class TooDeep(CaptureRefused):
    code = "aggregation-too-deep"
    title = "Containers are nested too deeply"
    advice = "Unpack an outer container first."


class TooManyRelations(CaptureRefused):
    code = "too-many-relations"
    title = "A transformation relates too many inputs to too many outputs"
    advice = "Report lots instead of serials, or one event for each batch."


class SerialAndLot(CaptureRefused):
    code = "serial-and-lot"
    title = "The identifier is used both for a single item and for a lot"
    advice = "Put single items in an EPC list and lots in a quantity list."


class UnknownItem(TallystickError):
    code = "unknown-item"
    status = 404
    title = "Nothing was captured about this identifier"
    advice = "Check the code; an identifier that was only issued has no events yet."


class NotAParty(TallystickError):
    code = "not-a-party"
    status = 403
    title = "This is shown to the parties of the item only"
    advice = "Sign in for an organisation that made or holds the item, or as an auditor."
