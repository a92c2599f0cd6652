"""How a certificate was issued: by two persons, or by its issuer's software within a policy that two persons signed.

Of a policy its terms are enough, which a holder is shown; what it caps for a supplier, a day and in all is the
issuer's own. Whether those caps had room is a rule's to say (`--replay`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tallystick.finance as finance
from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.proposed import Part, part
from tallystick.app.bundles.statements import Statement, note, proven
from tallystick.finance import policies
from tallystick.ledger import Handle, Hex32, MoneyDate
from tallystick.ledger.bundle import HeldEntry, errors

_certificate = re.compile(r"(.+)#C-(0|[1-9][0-9]{0,14})")
_policy = re.compile(r"(.+)#SP-(0|[1-9][0-9]{0,14})")
propose_type, approve_type = "finance.confirm.propose/1", "finance.confirm.approve/1"
confirm_type, stop_type = "finance.policy.confirm/1", "finance.policy.stop/1"
terms_type, signed_type = "finance.policy.propose/1", "finance.policy.approve/1"


class Signed(Part):
    """Of a policy's approval."""

    proposal: Hex32


class Terms(Part):
    """Of a policy's proposal; the caps that are not here are nobody's but the issuer's."""

    organisation: Handle
    service: Handle
    currency: str
    certificate_max: int
    supplier_max: int | None = None
    day_max: int | None = None
    total_max: int | None = None
    until: MoneyDate


@dataclass(frozen=True, slots=True)
class Issue:
    """What was promised, and the statements about the policy, if there is one."""

    issuer: str
    index: int
    amount: int
    currency: str
    due_on: str
    invoice: str
    under: tuple[Statement, ...] = ()


def issue_index(certificate: str) -> tuple[str, int]:
    """Issuer and index of the entry of issue, which stand in the name. Raises `ManifestRefused`."""
    found = _certificate.fullmatch(certificate)
    if found is None:
        raise errors.ManifestRefused(f"{certificate} is no name of a certificate")
    return found[1], int(found[2])


def issue_of(facts: Facts, certificate: str) -> Issue:
    """Raises `BundleEntryMissing`, or `StatementRefused` where one entry contradicts another."""
    issuer, index = issue_index(certificate)
    held = facts.entry(index)
    confirm = facts.body(held, confirm_type, policies.PolicyConfirm)
    if confirm is not None:
        _require_by(facts, held, issuer)
        terms, under = _under(facts, held, issuer, confirm)
        return Issue(
            issuer, index, confirm.amount, terms.currency, confirm.due_on, confirm.invoice, under
        )
    approve = facts.body(held, approve_type, finance.ConfirmApprove)
    if approve is None:
        raise errors.BundleEntryMissing(f"the approval at {index}, with its body")
    _require_by(facts, held, issuer)
    proposed = facts.named(approve.proposal, propose_type, finance.ConfirmPropose)
    if proposed is None:
        raise errors.BundleEntryMissing(f"the proposal {approve.proposal}")
    asked = proposed[1]
    return Issue(issuer, index, asked.amount, asked.currency, asked.due_on, asked.invoice)


def _under(
    facts: Facts, held: HeldEntry, issuer: str, confirm: policies.PolicyConfirm
) -> tuple[Terms, tuple[Statement, ...]]:
    """The terms of the policy under which it was issued, once the entry keeps to them."""
    found = _policy.fullmatch(confirm.policy)
    if found is None or found[1] != issuer or int(found[2]) >= held.index:
        raise errors.StatementRefused(f"{confirm.policy} is no policy of {issuer} before it")
    approval = facts.entry(int(found[2]))
    signed = part(approval, signed_type, Signed)
    proposal = None if signed is None else facts.bundle.by_payload.get(signed.proposal)
    terms = None if proposal is None else part(proposal, terms_type, Terms)
    if proposal is None or terms is None:
        raise errors.BundleEntryMissing(f"the policy {confirm.policy}, with its terms")
    for one in (approval, proposal):
        _require_by(facts, one, issuer)
    if approval.entry.author == proposal.entry.author or terms.organisation != issuer:
        raise errors.StatementRefused(f"{confirm.policy} is not by two persons of {issuer}")
    if held.entry.author != terms.service:
        raise errors.StatementRefused(f"entry {held.index} is not by {terms.service}")
    if confirm.amount > terms.certificate_max:
        raise errors.StatementRefused(f"entry {held.index} confirms more than {confirm.policy}")
    _require_not_stopped(facts, held, confirm.policy)
    told = tuple(_told(confirm.policy, approval, proposal, terms))
    return terms, told


def _told(
    policy: str, approval: HeldEntry, proposal: HeldEntry, terms: Terms
) -> Iterator[Statement]:
    yield proven(
        "certificate.policy",
        policy=policy,
        service=terms.service,
        by=proposal.entry.author,
        approver=approval.entry.author,
        certificate_max_minor=terms.certificate_max,
        supplier_max_minor=terms.supplier_max,
        day_max_minor=terms.day_max,
        total_max_minor=terms.total_max,
        currency=terms.currency,
        until=terms.until,
        index=approval.index,
    )
    yield note("certificate.policy-room", policy=policy)


def _require_by(facts: Facts, held: HeldEntry, issuer: str) -> None:
    if not facts.bundle.applied(held):
        raise errors.StatementRefused(f"the log may have refused entry {held.index}")
    if facts.acting(held.entry.author) != issuer:
        raise errors.StatementRefused(f"entry {held.index} is not by {issuer}")


def _require_not_stopped(facts: Facts, held: HeldEntry, policy: str) -> None:
    for one in facts.applied():
        stop = facts.body(one, stop_type, policies.PolicyStop)
        if one.index < held.index and stop is not None and stop.policy == policy:
            raise errors.StatementRefused(f"entry {one.index} stopped {policy} before it")
