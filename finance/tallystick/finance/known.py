"""What an author may hear of: a refusal is an answer, and says nothing to who is no party.

A rule finds what an entry names here, before it says anything about it. What is not there and what the
author's organisation has no part in get the same refusal: the name that was given, and nothing else. The
rule judges roles, status and amounts afterwards, in words that a party may hear.

Parties: of a contract its two sides; of a proposal between firms whoever made it and whoever answers;
of a trade document its buyer, seller and carrier; of a certificate whoever has or had a part in
it; of an offer and of a quote its two sides; of a proposal the organisation that would owe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tallystick.finance.agreements.errors import (
    AgreementUnknown,
    ContractUnknown,
    StatementUnknown,
)
from tallystick.finance.draft import Row, row
from tallystick.finance.errors import (
    CertificateUnknown,
    DocumentUnknown,
    OfferUnknown,
    ProposalUnknown,
    QuoteUnknown,
)
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, RuleError, State

Named = Literal[
    "contract",
    "agreement",
    "statement",
    "order",
    "subcontract",
    "despatch",
    "invoice",
    "certificate",
    "offer",
    "quote",
    "proposal",
]

_unknown: Mapping[Named, type[RuleError]] = {
    "contract": ContractUnknown,
    "agreement": AgreementUnknown,
    "statement": StatementUnknown,
    "order": DocumentUnknown,
    "subcontract": DocumentUnknown,
    "despatch": DocumentUnknown,
    "invoice": DocumentUnknown,
    "certificate": CertificateUnknown,
    "offer": OfferUnknown,
    "quote": QuoteUnknown,
    "proposal": ProposalUnknown,
}
_sides: Mapping[str, tuple[str, ...]] = {
    "agreement": ("by", "to"),
    "offer": ("from", "to"),
    "quote": ("bank", "holder"),
    "proposal": ("organisation",),
}
_trade = ("buyer", "seller", "carrier")


def known(state: State, act: Act[Any], kind: Named, name: str, told: str = "") -> Row:
    """What is under a name, for an author whose organisation is a party of it.

    Raises the error of what is not there, with `told` (by default the name) as its detail.
    """
    mine = speaker(state, act.author).organisation
    found = row(state.get(kind, name))
    if found is None or not takes_part(state, kind, name, found, mine):
        raise _unknown[kind](told or name)
    return found


def takes_part(state: State, kind: Named, name: str, found: Row, organisation: str) -> bool:
    """Whether an organisation is a party of what is under a name."""
    if kind == "certificate":
        return state.get("certificate-party", name, organisation) is not None
    return organisation in sides(kind, found)


def sides(kind: str, found: Row) -> tuple[str, ...]:
    """The parties that a document names itself."""
    return tuple(found[field] for field in _sides.get(kind, _trade) if found.get(field))
