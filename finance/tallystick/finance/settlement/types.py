"""Entry types, kinds of document and steps of financing and settlement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.finance.bank_records import admit, attached, between_sides, of_its_owner
from tallystick.finance.draft import Row
from tallystick.finance.financing import (
    acts,
    disbursement,
    interest,
    quotes,
    registrations,
    searches,
)
from tallystick.finance.parties import speaker
from tallystick.finance.receivables.certificates import issuer_in
from tallystick.finance.receivables.expiry import Step
from tallystick.finance.settlement import arrears, bodies, claims, paying, recourse, returns
from tallystick.finance.settlement.claims import payee
from tallystick.ledger import Act, Document, EntryType, IndexKeys, Kind, Parties, State, graded

_data = graded("money", "partner")

steps: Mapping[str, Step] = {
    "record": claims.record,
    "overdue": arrears.begin,
    "default": arrears.default,
    "final": paying.make_final,
    "disbursed": disbursement.make_final,
    "silence": disbursement.fall_silent,
}


def kinds() -> tuple[Kind, ...]:
    return (
        Kind(
            "quote",
            {
                "quote-of": _by("bank", "holder"),
                "quote-of-certificate": _answered,
                "quote-for-debtor": _borne,
                "quote-waiting": _waiting,
            },
        ),
        Kind("interest", {"interest-of": _by("issuer", "bank")}),
        Kind("interest-proposal", {"interest-proposal-of": _proposed}),
        Kind("search"),
        Kind("financing", {"financing-of": _by("bank", "seller")}),
        Kind("claim", {"claim-of": _by_whoever_waits}),
        Kind("maturity", {"maturity-of": _by_debtor_and_bank}),
        Kind("payout", {"payout-of": _by("holder"), "payout-of-entry": _by_entry}),
        Kind("late-payout"),
        Kind("bank-record"),
        Kind("arrears", {"arrears-of": _by("issuer")}),
        Kind("standing"),
        Kind("recourse", {"recourse-of": _by("holder", "party")}),
    )


def types() -> tuple[EntryType, ...]:
    return (*_financing_types(), *_interest_types(), *_settlement_types())


def _financing_types() -> tuple[EntryType, ...]:
    quote, disbursed = _of_quote, _with_debtor
    return (
        EntryType(
            "finance.quote/1",
            acts.Quote,
            quotes.put_quote,
            "A bank, or the debtor that would pay early, quotes a price for an amount",
            _quoted,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.search/1",
            acts.Search,
            searches.put_search,
            "A bank searched the public register for a holder",
            _stated("holder"),
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.quote.accept/1",
            acts.QuoteAccept,
            quotes.accept_quote,
            "The holder accepts; the amount is locked for whoever pays",
            quote,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.instruct/1",
            acts.Instruct,
            disbursement.instruct,
            "The payment instruction has left; the units are in payment",
            quote,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.disburse/1",
            acts.Disburse,
            disbursement.disburse,
            "It was paid; the units are the bank's",
            disbursed,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.disburse.receive/1",
            acts.DisburseAnswer,
            disbursement.receive,
            "The payee, or its bank, received it; the payment is final",
            quote,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.disburse.fail/1",
            acts.DisburseEnd,
            disbursement.fail,
            "It was not paid and will not be; the units are free again",
            quote,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.disburse.return/1",
            acts.DisburseEnd,
            disbursement.send_back,
            "The payment came back; the units are in payment again",
            disbursed,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.registration.renew/1",
            acts.RegistrationRenew,
            registrations.renew,
            "The bank renewed its registration of a financing",
            quote,
            data=_data,
        ),
        EntryType(
            "finance.registration.cancel/1",
            acts.RegistrationCancel,
            registrations.cancel,
            "The bank cancelled its registration after payoff",
            quote,
            data=_data,
        ),
    )


def _interest_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.interest.propose/1",
            acts.InterestPropose,
            interest.propose,
            "A maker of the debtor proposes to bear the interest of a quote",
            _bearing,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.interest.approve/1",
            acts.InterestApprove,
            interest.approve,
            "A checker approves; the debtor bears the interest of a quote",
            _bearing,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.interest.pay/1",
            acts.InterestPay,
            interest.pay,
            "The debtor paid the interest that it bears",
            _bearing,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.interest.return/1",
            acts.InterestReturn,
            interest.send_back,
            "Interest that the debtor paid came back to it",
            _bearing,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _settlement_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.pay/1",
            bodies.Pay,
            paying.pay,
            "The paying bank paid all holders at maturity",
            _holders,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=of_its_owner,
        ),
        EntryType(
            "finance.pay.due/1",
            bodies.PayDue,
            paying.pay_due,
            "The paying bank paid what a debtor had to pay on one day",
            _stated("issuer"),
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.pay.late/1",
            bodies.PayLate,
            paying.pay_late,
            "The paying bank paid late interest",
            _holders,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=of_its_owner,
        ),
        EntryType(
            "finance.pay.receive/1",
            bodies.Received,
            returns.receive,
            "A payee, or its bank, received payments; they are final",
            _payers,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=of_its_owner,
        ),
        EntryType(
            "finance.pay.return/1",
            bodies.Returned,
            returns.send_back,
            "A payment came back; its cents are owed again",
            _payer_and_payee,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.recourse.demand/1",
            bodies.RecourseDemand,
            recourse.demand,
            "After default a holder asks whoever sold with recourse",
            _stated("party"),
            data=_data,
        ),
        EntryType(
            "finance.recourse.receive/1",
            bodies.RecourseReceived,
            recourse.receive,
            "The holder was paid in the debtor's place; the units are the payer's",
            _of_recourse,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _stated(field: str) -> Parties:
    """The organisation that the body names, and the author's."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        return (getattr(act.body, field), speaker(state, act.author).organisation)

    return parties


def _of_quote(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("quote", act.body.quote) or {})
    sides = [str(found[side]) for side in ("bank", "holder") if found.get(side)]
    return (*sides, speaker(state, act.author).organisation)


def _quoted(state: State, act: Act[Any]) -> Iterable[str]:
    """The holder and, where it would bear the interest, the debtor."""
    debtor = [issuer_in(act.body.certificate)] if act.body.borne_by == "buyer" else []
    return (act.body.holder, *debtor, speaker(state, act.author).organisation)


def _with_debtor(state: State, act: Act[Any]) -> Iterable[str]:
    """As `_of_quote`, and the debtor where it owes the interest of it."""
    found = cast("Row", state.get("quote", act.body.quote) or {})
    debtor = [issuer_in(str(found["certificate"]))] if interest.buyer_borne(found) else []
    return (*_of_quote(state, act), *debtor)


def _bearing(state: State, act: Act[Any]) -> Iterable[str]:
    """Debtor and funder; the holder learns of the quote alone who bears it."""
    name = getattr(act.body, "quote", None)
    if name is None:
        proposal = cast("Row", state.get("interest-proposal", act.body.proposal) or {})
        name = str(proposal.get("quote", ""))
    found = cast("Row", state.get("quote", name) or {})
    sides = [str(found["bank"]), issuer_in(str(found["certificate"]))] if found else []
    return (*sides, speaker(state, act.author).organisation)


def _of_recourse(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("recourse", act.body.demand) or {})
    sides = [str(found[side]) for side in ("holder", "party") if found.get(side)]
    return (*sides, speaker(state, act.author).organisation)


def _holders(state: State, act: Act[Any]) -> Iterable[str]:
    """Everybody who has a part in the certificate."""
    name = act.body.certificate
    return (*state.group("certificate-party", name), speaker(state, act.author).organisation)


def _payers(state: State, act: Act[Any]) -> Iterable[str]:
    """The payee, and whose banks paid."""
    names = {payment.certificate for payment in act.body.payments}
    rows = [cast("Row", state.get("certificate", name) or {}) for name in sorted(names)]
    banks = {str(row["paying_bank"]) for row in rows if row}
    return (act.body.payee, *sorted(banks), speaker(state, act.author).organisation)


def _payer_and_payee(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("certificate", act.body.payment.certificate) or {})
    sides = [str(found[side]) for side in ("issuer", "paying_bank") if found.get(side)]
    return (act.body.payee, *sides, speaker(state, act.author).organisation)


def _by(*fields: str) -> IndexKeys:
    def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
        return sorted({str(document[field]) for field in fields if document.get(field)})

    return keys


def _answered(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By certificate, while it locks units of it."""
    locking = ("accepted", "paying", "returned")
    return (str(document["certificate"]),) if document["status"] in locking else ()


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By its two sides, while its payment can still be sent, stated, received or come back."""
    quote = cast("Row", document)
    return sorted({quote["bank"], quote["holder"]}) if disbursement.waits(quote) else ()


def _borne(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By certificate, of what its debtor bears or would bear."""
    if document.get("borne_by") != "buyer" or document["status"] in ("expired", "lapsed"):
        return ()
    return (str(document["certificate"]),)


def _proposed(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By debtor, while its second person has not approved."""
    return (str(document["organisation"]),) if document["status"] == "open" else ()


def _by_whoever_waits(_name: str, part: str, document: Document) -> Iterable[str]:
    """By whom it is owed to, while anything of it is."""
    owed = cast("Row", document)
    return (payee(part, owed),) if owed["due"] > owed["paid"] else ()


def _by_entry(_name: str, part: str, _document: Document) -> Iterable[str]:
    """By the index of the payment."""
    return (part.partition(" ")[0],)


def _by_debtor_and_bank(name: str, _part: str, _document: Document) -> Iterable[str]:
    issuer, _, bank = name.split(" ")
    return sorted({issuer, bank})
