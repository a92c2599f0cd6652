"""What people sign on pages, in words: acts by entry type, members of bodies, codes. Each is a message."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.words import message, roles

_titles: Mapping[str, str] = {
    "identity.organisation.found/1": message("Let people of the organisation decide about it"),
    "identity.person.add/1": message("Register a person"),
    "identity.person.leave/1": message("End somebody's work for the organisation"),
    "identity.person.suspend/1": message("Suspend a person"),
    "identity.propose/1": message("Propose what two persons decide"),
    "identity.decide/1": message("Decide about a proposal"),
    "identity.key.add/1": message("Register a key"),
    "identity.key.revoke/1": message("Revoke a key"),
    "identity.key.rotate/1": message("Replace a key"),
    "finance.confirm.propose/1": message("Propose to confirm what is owed"),
    "finance.confirm.approve/1": message("Confirm what is owed"),
    "finance.tolerances.propose/1": message("Propose tolerances of the match"),
    "finance.tolerances.approve/1": message("Put tolerances in force"),
    "finance.match.release.propose/1": message("Propose to let a held line pass"),
    "finance.match.release.approve/1": message("Let a held line pass"),
    "finance.certificate.accept/1": message("Accept a certificate"),
    "finance.certificate.refuse/1": message("Refuse a certificate"),
    "finance.transfer.offer/1": message("Offer a part of a certificate"),
    "finance.transfer.accept/1": message("Accept a transfer"),
    "finance.transfer.refuse/1": message("Refuse a transfer"),
    "finance.transfer.withdraw/1": message("Withdraw an offer"),
    "finance.quote.accept/1": message("Accept a quote"),
}

_labels: Mapping[str, str] = {
    "above": message("Above"),
    "accept_until": message("To be accepted until"),
    "after": message("After version"),
    "amount": message("Amount"),
    "attachments": message("Attachments"),
    "background": message("Rests on trade document"),
    "calendar": message("Calendar"),
    "capacities": message("Capacities"),
    "certificate": message("Certificate"),
    "country": message("Country"),
    "currency": message("Currency"),
    "custody": message("Who keeps the key"),
    "decision": message("Decision"),
    "due_on": message("Due"),
    "ends": message("Ends"),
    "grade": message("Grade"),
    "invoice": message("Invoice"),
    "jwk": message("Public key"),
    "key": message("Key"),
    "keys": message("Keys of each person"),
    "kind": message("Kind"),
    "line": message("Line"),
    "lines": message("Lines"),
    "name": message("Name"),
    "number": message("Number"),
    "offer": message("Offer"),
    "old": message("Key that ends"),
    "organisation": message("Organisation"),
    "over_delivery_ppm": message("Received above the order (parts per million)"),
    "over_delivery_units": message("Received above the order (units)"),
    "paying_bank": message("Paying bank"),
    "person": message("Person"),
    "persons": message("Persons"),
    "price_absolute_minor": message("Price above the order's, for a line (minor units)"),
    "price_ppm": message("Price above the order's (parts per million)"),
    "proposal": message("Proposal"),
    "quote": message("Quote"),
    "reason": message("Reason"),
    "reasons": message("Reasons"),
    "release_minor": message("Two persons let pass, for a line (minor units)"),
    "roles": message("Roles"),
    "roll": message("If due on a rest day"),
    "rounding_minor": message("Rounding of a line (minor units)"),
    "rolled_days": message("Who bears the days between"),
    "scheme": message("Scheme"),
    "term_reason": message("Why the term is longer"),
    "tiers": message("Amount tiers"),
    "to": message("To"),
    "types": message("What it may sign"),
    "under_delivery_ppm": message("Missing from what is billed (parts per million)"),
    "under_delivery_units": message("Missing from what is billed (units)"),
    "valid_hours": message("Valid for (hours)"),
    "webauthn": message("Passkey"),
    "what": message("What"),
    "zone": message("Time zone"),
}

#: Codes that stand in bodies as values.
values: Mapping[str, str] = {
    "approve": message("Approve"),
    "refuse": message("Refuse"),
    "withdraw": message("Withdraw"),
    **roles,
    "dismiss": message("Dismiss"),
    "readmit": message("Readmit"),
    "control": message("Amount tiers"),
    "admit": message("Admit an organisation"),
    "suspend": message("Suspend"),
    "lift": message("Lift a suspension"),
    "left": message("Left"),
    "dismissed": message("Dismissed"),
    "mistake": message("Mistake"),
    "key-lost": message("Key lost"),
    "suspected": message("Suspected"),
    "absent": message("Absent"),
    "dispute": message("Dispute"),
    "long-production": message("Long production"),
    "project-milestones": message("Milestones of a project"),
    "seasonal-trade": message("Seasonal trade"),
    "agreed-in-contract": message("Agreed in the contract"),
    "price-above-order": message("The price is above the order's"),
    "tax-above-order": message("The tax rate is above the order's"),
    "billed-above-order": message("More is billed than was ordered"),
    "retained": message("The contract retains a share"),
}


def title(entry_type: str) -> str:
    """What the act is called; its type where nothing better is known."""
    return _titles.get(entry_type, entry_type)


def label(member: str) -> str:
    """How a member of a body is called; the member itself, made readable, where nothing better is known."""
    return _labels.get(member, member.replace("_", " "))
