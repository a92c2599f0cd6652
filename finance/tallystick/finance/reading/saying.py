"""By whose entries what is shown came about: for grades that whoever said it raised since (`ledger.Thing.said`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    "statement": "finance.statement.propose",
    "subcontract": "finance.subcontract",
    "material": "finance.material",
    "material-note": "finance.material",
}
confirmed_by = ("finance.confirm.propose", "finance.confirm.approve")
policed_by = ("finance.policy.confirm",)
#: As above, of whatever else stands on record, and the member that names who said it.
_acts: Mapping[str, tuple[tuple[str, str], ...]] = {
    "offer": (("finance.transfer.offer", "from"),),
    "transfer": (("finance.transfer.offer", "from"), ("finance.transfer.accept", "to")),
    "quote": (("finance.quote", "bank"),),
    "financing": (("finance.quote", "bank"), ("finance.disburse", "bank")),
    "pledge": (("finance.pledge.offer", "from"),),
    "ordinary-payment": (("finance.ordinary.paid", "by"),),
    "lock": (("finance.lock", "from"),),
    "dispute": (("finance.dispute", "from"),),
    "cancellation": (("finance.cancel.propose", "from"),),
    "freeze": (("finance.freeze.propose", "node"), ("finance.freeze.approve", "node")),
    "freeze-proposal": (("finance.freeze.propose", "node"), ("finance.freeze.change", "node")),
    "standing-policy": (
        ("finance.policy.propose", "organisation"),
        ("finance.policy.approve", "organisation"),
    ),
    "policy-proposal": (("finance.policy.propose", "organisation"),),
    "conditions": (
        ("finance.conditions.propose", "organisation"),
        ("finance.conditions.approve", "organisation"),
    ),
    "conditions-proposal": (("finance.conditions.propose", "organisation"),),
    "waiver": (("finance.waiver.register", "organisation"),),
    "notice": (("finance.notice.give", "organisation"),),
    "acknowledgement": (("finance.notice.acknowledge", "issuer"),),
    "tolerance": (
        ("finance.tolerances.propose", "organisation"),
        ("finance.tolerances.approve", "organisation"),
    ),
    "tolerance-proposal": (("finance.tolerances.propose", "organisation"),),
    "match-release": (
        ("finance.match.release.propose", "organisation"),
        ("finance.match.release.approve", "organisation"),
    ),
    "match-release-proposal": (("finance.match.release.propose", "organisation"),),
    "bank-account": (("finance.account.register", "organisation"),),
    "payee": (
        ("finance.payee.propose", "organisation"),
        ("finance.payee.approve", "organisation"),
    ),
    "payee-proposal": (("finance.payee.propose", "organisation"),),
    "tender": (("finance.tender.open", "holder"),),
    "limit": (("finance.limit.propose", "owner"), ("finance.limit.approve", "owner")),
    "limit-proposal": (("finance.limit.propose", "organisation"),),
    "guarantee": (
        ("finance.guarantee.request", "applicant"),
        ("finance.guarantee.approve", "bank"),
    ),
    "insurance-cover": (
        ("finance.insurance.propose", "insurer"),
        ("finance.insurance.approve", "insurer"),
    ),
    "dunning": (("finance.insurance.notice", "insured"),),
    "facility": (
        ("finance.facility.request", "borrower"),
        ("finance.facility.approve", "funder"),
        ("finance.facility.decline", "funder"),
    ),
    "advance": (("finance.advance.draw", "borrower"),),
    "bid": (
        ("finance.bid.seal", "funder"),
        ("finance.bid.open", "funder"),
        ("finance.tender.decline", "funder"),
    ),
}
#: Of a statement that was answered.
_answer = "finance.statement.answer"
capture = "trace.capture"


def document_thing(kind: str, name: str, found: Row) -> Thing:
    """A trade document, and who said it."""
    by = found.get("stated_by") or found.get("by")
    # A proposal between firms asks for an answer about something.
    about = _types.get(str(found.get("about", "")) if kind == "agreement" else kind)
    said = [(about, str(by))] if by and about else []
    if kind == "statement" and found.get("agreed", 0) + found.get("disputed", 0):
        said += [(_answer, str(found["to"])), (_answer, str(found["by"]))]
    return Thing("documents", name, kind, said=tuple(said))


def act_thing(kind: str, name: str, found: Mapping[str, Any]) -> Thing:
    """Something else that acts put on record: what goes on with a certificate, a policy, a tender, a bid."""
    said = tuple((told, str(found[member])) for told, member in _acts[kind])
    return Thing("certificates", name, kind, said=said)


def certificate_thing(name: str, head: Row) -> Thing:
    """A certificate, which its issuer confirmed."""
    by = policed_by if "policy" in head else confirmed_by
    return Thing("certificates", name, said=tuple((one, str(head["issuer"])) for one in by))


def receipt_thing(name: str, found: Row) -> Thing:
    """A receipt, from a scan of the buyer's."""
    buyer = found.get("buyer")
    return Thing("documents", name, "receipt", said=((capture, str(buyer)),) if buyer else ())
