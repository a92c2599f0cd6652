"""By whose entries what is shown came about: for grades that whoever said it raised since (`ledger.Thing.said`)."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.finance.draft import Row
from tallystick.ledger import Thing

#: The entry type, without version, that puts a document on record. Who did stands in it as `stated_by`, or `by`.
_types: Mapping[str, str] = {
    "contract": "finance.contract",
    "supplement": "finance.contract.supplement",
    "change": "finance.order.change",
    "cancellation": "finance.order.cancel",
    "items": "finance.items",
    "order": "finance.order",
    "despatch": "finance.despatch",
    "invoice": "finance.invoice",
    "delivery": "finance.delivery",
    "credit": "finance.credit",
    "usage": "finance.usage",
}
confirmed_by = ("finance.confirm.propose", "finance.confirm.approve")
capture = "trace.capture"


def document_thing(kind: str, name: str, found: Row) -> Thing:
    """A trade document, and who said it."""
    by = found.get("stated_by") or found.get("by")
    # A proposal between firms asks for an answer about something.
    about = _types.get(str(found.get("about", "")) if kind == "agreement" else kind)
    said = ((about, str(by)),) if by and about else ()
    return Thing("documents", name, kind, said=said)


def certificate_thing(name: str, head: Row) -> Thing:
    """A certificate, which its issuer confirmed."""
    return Thing(
        "certificates", name, said=tuple((one, str(head["issuer"])) for one in confirmed_by)
    )


def receipt_thing(name: str, found: Row) -> Thing:
    """A receipt, from a scan of the buyer's."""
    buyer = found.get("buyer")
    return Thing("documents", name, "receipt", said=((capture, str(buyer)),) if buyer else ())
