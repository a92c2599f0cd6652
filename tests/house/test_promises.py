"""What a suspended organisation may not say any more, for every entry type that there is.

Suspension stops new promises, and never payment, receipt, refusal, disclosure or complaint. A new type fails until
somebody says here what it is.
"""

from __future__ import annotations

from typing import Literal

import pytest

from tallystick.app.bootstrap import rule_set
from tallystick.identity.people import standing
from tallystick.identity.people.errors import OrganisationSuspended
from tallystick.ledger import Act, Body, Change, MemoryState

#: promise: binds the author to something new, or lets others rely on its word. payment, receipt, refusal: what was
#: promised before goes on. disclosure: shows what is. complaint: disputes. register: keeps names, people, keys and
#: devices in order. log: the log's own.
Sort = Literal[
    "promise", "payment", "receipt", "refusal", "disclosure", "complaint", "register", "log"
]
sorts: dict[Sort, tuple[str, ...]] = {
    "promise": (
        "finance.advance.draw", "finance.facility.accept", "finance.facility.approve", "finance.facility.propose", "finance.facility.request",
        "finance.insurance.approve", "finance.insurance.propose", "finance.interest.approve", "finance.interest.propose",
        "finance.guarantee.amend", "finance.guarantee.approve", "finance.guarantee.propose", "finance.guarantee.request",
        "finance.bid.open", "finance.bid.seal", "finance.tender.open",
        "finance.agree", "finance.conditions.approve", "finance.conditions.propose", "finance.confirm.approve",
        "finance.confirm.propose", "finance.contract", "finance.policy.approve", "finance.policy.confirm",
        "finance.policy.propose", "finance.waiver.register",
        "finance.contract.supplement", "finance.match.release.approve", "finance.match.release.propose",
        "finance.tolerances.approve", "finance.tolerances.propose", "finance.order", "finance.order.change", "finance.quote",
        "finance.quote.accept", "finance.statement.answer", "finance.statement.propose", "finance.transfer.offer", "identity.credential.issue",
        "identity.credential.reinstate", "identity.share.accept", "identity.share.offer",
        "finance.pledge.offer", "finance.lock", "finance.subcontract",
    ),
    "payment": (
        "finance.advance.instruct", "finance.advance.paid", "finance.advance.repaid",
        "finance.insurance.decide", "finance.insurance.decide.approve", "finance.insurance.paid",
        "finance.disburse", "finance.disburse.fail", "finance.disburse.return", "finance.guarantee.paid",
        "finance.instruct", "finance.interest.pay", "finance.interest.return", "finance.ordinary.close", "finance.ordinary.paid",
        "finance.pay", "finance.pay.due", "finance.pay.late", "finance.pay.return",
    ),
    "receipt": (
        "finance.insurance.answer", "finance.insurance.claim", "finance.insurance.declare", "finance.insurance.notice",
        "finance.guarantee.answer", "finance.guarantee.demand", "finance.disburse.receive", "finance.pay.receive",
        "finance.recourse.demand", "finance.recourse.receive",
        "finance.certificate.accept", "finance.erp.confirm", "finance.notice.acknowledge", "finance.notice.give", "finance.transfer.accept", "finance.delivery", "finance.despatch",
        "finance.invoice", "finance.usage", "finance.material", "trace.capture", "identity.seen", "finance.pledge.accept",
    ),
    "refusal": (
        "finance.advance.unpaid", "finance.tender.decline", "finance.tender.withdraw", "finance.facility.decline", "finance.guarantee.decline", "finance.guarantee.refuse", "finance.guarantee.release",
        "finance.certificate.refuse", "finance.credit", "finance.policy.stop", "finance.decline", "finance.order.cancel", "finance.transfer.refuse",
        "finance.transfer.withdraw", "identity.credential.revoke", "identity.credential.suspend",
        "identity.share.end", "identity.permission.end", "finance.pledge.refuse", "finance.pledge.withdraw",
        "finance.pledge.release", "finance.lock.release", "finance.cancel.propose", "finance.cancel.agree",
        "finance.cancel.decline", "finance.cancel.withdraw", "finance.dispute.withdraw",
    ),
    "disclosure": (
        "finance.tender.confide", "finance.search", "finance.registration.renew", "finance.registration.cancel",
        "identity.credential.see", "identity.credential.show", "identity.credential.state", "identity.disclose",
        "identity.material.declare", "identity.qualification.require", "identity.papers.hand",
        "identity.incident.tell", "identity.grade.raise",
    ),
    "complaint": (
        "identity.name.contest", "identity.name.settle", "identity.device.suspend", "finance.dispute",
        "finance.freeze.propose", "finance.freeze.change", "finance.freeze.approve",
    ),
    "register": (
        "identity.anchor.list", "identity.anchor.withdraw", "identity.batch", "identity.batch.assign",
        "identity.content.register", "identity.decide", "identity.device.add", "identity.device.calibrate",
        "identity.device.enrol", "identity.device.place", "identity.device.retire", "identity.factory.drop",
        "identity.factory.list", "identity.grant", "identity.handle.create", "identity.handle.delete",
        "identity.handle.renew", "identity.handle.write", "identity.key.add", "identity.key.bind",
        "identity.key.revoke", "identity.key.rotate", "identity.name.claim", "identity.name.release",
        "identity.organisation.found", "identity.organisation.register", "identity.person.add", "identity.person.card", "identity.person.subject",
        "identity.person.leave", "identity.person.suspend", "identity.placeholder.add", "identity.prefix.arrive",
        "identity.prefix.carried", "identity.prefix.carry", "identity.prefix.decline", "identity.prefix.delegate",
        "identity.prefix.hand", "identity.prefix.leave", "identity.prefix.lift", "identity.prefix.renew",
        "identity.prefix.return", "identity.prefix.suspend", "identity.prefix.sweep", "identity.prefix.take",
        "identity.propose", "identity.range.release", "identity.range.reserve", "identity.relation.add",
        "identity.relation.remove", "identity.template", "identity.template.withdraw", "identity.void",
        "finance.limit.approve", "finance.limit.propose", "finance.calendar.approve", "finance.calendar.propose", "finance.items", "finance.account.register",
        "finance.account.attest", "finance.account.challenge", "finance.account.answer",
        "finance.account.reveal", "finance.account.close", "finance.payee.propose", "finance.payee.approve",
        "finance.payee.cancel",
    ),
    "log": (
        "ledger.block", "ledger.epoch", "ledger.erase", "ledger.genesis", "ledger.policy", "ledger.rules",
        "ledger.verifier", "ledger.reads",
    ),
}  # fmt: skip
firm, person = "99.100/O-FIRM", "99.100/P-MAKER"


def test_every_entry_type_is_sorted_once() -> None:
    known = [name.partition("/")[0] for name in rule_set().types]
    named = [name for names in sorts.values() for name in names]
    assert sorted(set(known) - set(named)) == [], "say in the table what a new type is"
    assert sorted(set(named) - set(known)) == []
    assert len(named) == len(set(named))


@pytest.mark.parametrize("sort", sorts)
def test_suspension_stops_promises_and_nothing_else(sort: Sort) -> None:
    """Whoever speaks for it: itself, a person, or a device."""
    rules, state = rule_set(), MemoryState()
    state.apply(
        [
            Change("organisation", firm, {"suspended": {"reason": "fraud", "time": "t"}}),
            Change("person", person, {"organisation": firm, "roles": ["maker"]}),
            Change("device", "99.100.1/D", {"organisation": firm}),
        ]
    )
    for name, found in rules.types.items():
        if name.partition("/")[0] not in sorts[sort]:
            continue
        assert found.promise is (sort == "promise"), name
        for author in (firm, person, "99.100.1/D"):
            act: Act[Body] = Act(1, name, author, "id", "0" * 64, "t", Body())
            if sort != "promise":
                standing.guard(state, act, found)
                continue
            with pytest.raises(OrganisationSuspended):
                standing.guard(state, act, found)
