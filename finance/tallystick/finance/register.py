"""Everything that finance adds to a log's rule set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.accounts import payees
from tallystick.finance.accounts.types import account_types
from tallystick.finance.accounts.types import kinds as account_kinds
from tallystick.finance.advances import drawing, facilities
from tallystick.finance.advances import types as advances
from tallystick.finance.agreements import register as agreements
from tallystick.finance.bank_records import admit, attached, between_sides
from tallystick.finance.bidding import bids, tenders
from tallystick.finance.bidding import types as bidding
from tallystick.finance.calendars import payment
from tallystick.finance.calendars.types import calendar_types
from tallystick.finance.draft import Row
from tallystick.finance.financing.quotes import expire_quote
from tallystick.finance.guarantees import demands as guarantee_demands
from tallystick.finance.guarantees import issuing as guarantees
from tallystick.finance.guarantees import types as guarantee_types
from tallystick.finance.guarantees.terms import demand_step, guarantee_ender
from tallystick.finance.holdings import register as holdings
from tallystick.finance.insurance import covers, dunning
from tallystick.finance.insurance import types as insurance
from tallystick.finance.insurance.terms import cover_ender, grace_step
from tallystick.finance.kinds import kinds
from tallystick.finance.limits import types as limits
from tallystick.finance.matching import register as matching
from tallystick.finance.matching import retention
from tallystick.finance.ordinary import types as ordinary
from tallystick.finance.parties import speaker
from tallystick.finance.policies import types as policies
from tallystick.finance.receivables import acceptance, acts, confirmation, transfers
from tallystick.finance.receivables.expiry import follow_block
from tallystick.finance.settlement import types as settlement
from tallystick.finance.statements import register as statements
from tallystick.finance.subcontracts import register as subcontracts
from tallystick.finance.trade import documents
from tallystick.finance.trade.receipts import follow_capture
from tallystick.finance.trade.register import put_delivery, put_despatch, put_invoice, put_order
from tallystick.ledger import Act, EntryType, Mark, Parties, RuleSet, State, graded


def register(rules: RuleSet) -> None:
    """Add finance's entry types, kinds of document and followers."""
    rules.add_kinds(*kinds(), *account_kinds(), *matching.kinds(), *holdings.kinds())
    rules.add_kinds(*settlement.kinds())
    rules.add(*agreements.types(), *calendar_types(), *account_types(), *matching.types())
    rules.add(*_trade_types(), *_certificate_types(), *settlement.types(), *holdings.types())
    policies.register(rules)
    statements.register(rules)
    rules.add_kinds(*bidding.kinds())
    rules.add(*bidding.types())
    rules.add_kinds(*advances.kinds())
    rules.add(*advances.types())
    rules.add_kinds(*guarantee_types.kinds())
    rules.add(*guarantee_types.types())
    rules.add_kinds(*insurance.kinds())
    rules.add(*insurance.types())
    rules.add_kinds(*subcontracts.kinds())
    rules.add(*subcontracts.types())
    rules.add_kinds(*ordinary.kinds())
    rules.add(*ordinary.types())
    rules.add_kinds(*limits.kinds())
    rules.add(*limits.types())
    rules.follow("trace.capture/1", follow_capture)
    enders = {
        "certificate": acceptance.lapse,
        "offer": transfers.expire,
        "quote": expire_quote,
        **holdings.enders,
        tenders.opening_ender: bids.lapse,
        tenders.tender_ender: tenders.end_tender,
        guarantee_ender: guarantees.expire,
        cover_ender: covers.end,
        facilities.facility_ender: facilities.expire,
        drawing.advance_ender: drawing.expire,
    }
    steps = {
        "payment-date": payment.fix,
        **settlement.steps,
        "payee": payees.carry_out,
        "retention": retention.end,
        demand_step: guarantee_demands.overdue,
        grace_step: dunning.end_grace,
    }
    rules.follow("ledger.block/1", follow_block(enders, steps))


def _stated(*fields: str) -> Parties:
    """The organisations that the body names, and the author's."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        named = [getattr(act.body, field) for field in fields]
        return [*filter(None, named), speaker(state, act.author).organisation]

    return parties


def _of(kind: str, field: str, *fields: str) -> Parties:
    """The organisations that the answered document names, and the author's.

    The issuer learns who holds its certificate when it is paid, and not from each hop (`visibility`).
    """

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast("Row", state.get(kind, getattr(act.body, field)) or {})
        named = [found.get(name) for name in fields]
        return [*[str(name) for name in named if name], speaker(state, act.author).organisation]

    return parties


def _confirmed(state: State, act: Act[Any]) -> Iterable[str]:
    """Issuer and original holder: who delivered proves with it what it is owed."""
    proposal = cast("Row", state.get("proposal", act.body.proposal) or {})
    invoice = cast("Row", state.get("invoice", str(proposal.get("invoice"))) or {})
    sides = [str(invoice["seller"])] if "seller" in invoice else []
    return [*sides, speaker(state, act.author).organisation]


def _holders(state: State, act: Act[Any]) -> Iterable[str]:
    """Everybody who has a part in the certificate."""
    name = act.body.certificate
    return [*state.group("certificate-party", name), speaker(state, act.author).organisation]


_priced = graded("trade", "partner", {"/lines/*/price": Mark("money", "partner")})


def _trade_types() -> tuple[EntryType, ...]:
    both = _stated("buyer", "seller")
    return (
        EntryType(
            "finance.order/1",
            documents.Order,
            put_order,
            "An order",
            both,
            promise=True,
            data=_priced,
        ),
        EntryType(
            "finance.despatch/1",
            documents.Despatch,
            put_despatch,
            "A despatch advice",
            _stated("buyer", "seller", "carrier"),
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.invoice/1", documents.Invoice, put_invoice, "An invoice", both, data=_priced
        ),
        EntryType(
            "finance.delivery/1",
            documents.Delivery,
            put_delivery,
            "A delivery that only a document states",
            both,
            data=graded("trade", "partner"),
        ),
    )


def _certificate_types() -> tuple[EntryType, ...]:
    invoice = _of("invoice", "invoice", "buyer", "seller")
    certificate = _of("certificate", "certificate", "issuer", "holder")
    offer = _of("offer", "offer", "from", "to")
    return (
        EntryType(
            "finance.confirm.propose/1",
            acts.ConfirmPropose,
            confirmation.propose,
            "A maker of the core enterprise proposes to confirm an invoice",
            invoice,
            promise=True,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.confirm.approve/1",
            acts.ConfirmApprove,
            confirmation.approve,
            "A checker approves; the certificate is issued",
            _confirmed,
            own_key=True,
            promise=True,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.certificate.accept/1",
            acts.CertificateAccept,
            acceptance.accept,
            "The original holder accepts the certificate",
            certificate,
            own_key=True,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.certificate.refuse/1",
            acts.CertificateRefuse,
            acceptance.refuse,
            "The original holder refuses the certificate",
            certificate,
            own_key=True,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.transfer.offer/1",
            acts.TransferOffer,
            transfers.offer,
            "A holder offers an amount to another firm",
            _stated("to"),
            promise=True,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.transfer.accept/1",
            acts.TransferAccept,
            transfers.accept,
            "The other firm accepts; the units are its own",
            offer,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.transfer.refuse/1",
            acts.TransferRefuse,
            transfers.refuse,
            "The other firm refuses a transfer",
            offer,
            data=graded("money", "partner"),
        ),
        EntryType(
            "finance.transfer.withdraw/1",
            acts.TransferWithdraw,
            transfers.withdraw,
            "The holder withdraws its offer",
            offer,
            data=graded("money", "partner"),
        ),
    )
