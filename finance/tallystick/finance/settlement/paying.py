"""What the paying bank paid at maturity, divided over all holders (I22, I23).

The ledger holds no money (I27): it records, on the bank's evidence, what reached whom. From the record time on
nothing moves. Each payment is divided in proportion to what is still owed to each holder, by largest remainder, ties
by holder; within a holder over its holdings by the same rule, and within a holding the lowest cents are paid, so
that later payments complete exactly the face and never more, and a payment that comes back names its cents.

Nothing reaches a holder whose payments are held because of sanctions, or whose account is not confirmed: its claim
stays, a payment is divided over the others, and after the release the bank pays what is still owed. Who would pay more
is told who waits and why: `PaymentHeld` if that is sanctions alone, `AccountHeld` if accounts alone, else `ClaimsWait`.

The bank's word discharges the debtor, so that its amount tiers are asked of each payment.

    payout       <certificate>  part <index> <holder>: {holder, amount, due, paid, late?, lots, evidence, paid_at, index,
                                     final_on, final?: receipt | period, returned?, and the account}
    late-payout  <certificate>  part <index> <holder>: {holder, amount, evidence, paid_at, index, and the account}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tallystick.finance.accounts.payees import Held, Target, claim_target
from tallystick.finance.bank_records import return_days, said, use_once
from tallystick.finance.calendars.payment import kept, settled
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    AccountHeld,
    EvidenceWrong,
    NotDue,
    NotPayingBank,
    OverPayment,
)
from tallystick.finance.known import known
from tallystick.finance.money.allocation import largest_remainder
from tallystick.finance.money.dates import check_date, day_start, money_date, plus_days
from tallystick.finance.parties import PaymentHeld, require_persons, signatory, why_held
from tallystick.finance.receivables.book import Book, Lot
from tallystick.finance.receivables.certificates import (
    certificate,
    load_book,
    outstanding,
    save_book,
    unit_part,
)
from tallystick.finance.receivables.expiry import full_hour, schedule
from tallystick.finance.settlement import arrears
from tallystick.finance.settlement.bodies import Pay, PayDue, PayLate
from tallystick.finance.settlement.claims import (
    agree,
    drop_due,
    owed,
    payee,
    record,
    sanctions,
    waits_because,
)
from tallystick.finance.settlement.errors import (
    ClaimsWait,
    NothingDue,
    NotInArrears,
)
from tallystick.finance.settlement.pending import catch_up, record_due
from tallystick.ledger import Act, Effects, InvariantError, RuleError, State


@dataclass(slots=True)
class Owing:
    """One certificate that is due: its book, the lots of claims that a payment reaches, and why it goes past others."""

    name: str
    found: Row
    book: Book
    lots: dict[str, list[Lot]]
    targets: dict[str, Target]
    waiting: set[tuple[str, str]]


def pay(state: State, act: Act[Pay]) -> Effects:
    body, draft = act.body, Draft(state)
    known(state, act, "certificate", body.certificate)
    found = certificate(draft, body.certificate, "live", "partially_paid")
    if signatory(state, act) != found["paying_bank"]:
        raise NotPayingBank(f"{found['paying_bank']} pays {body.certificate}")
    catch_up(draft, body.certificate, act)
    found = certificate(draft, body.certificate, "live", "partially_paid")
    _check_dates(act, found, kept(draft, body.certificate, found, act).on)
    open_now = outstanding(found)
    if body.amount_minor > open_now:
        raise OverPayment(f"{body.amount_minor} of {open_now} minor units owed")
    require_persons(state, act, found["paying_bank"], found["currency"], body.amount_minor)
    use_once(draft, act, found["paying_bank"], body.evidence)
    _divide(draft, act, [_owing(draft, act, body.certificate)], body.amount_minor)
    return draft.effects


def pay_due(state: State, act: Act[PayDue]) -> Effects:
    """All certificates of a debtor that had to be paid on one day, in one amount."""
    body, draft = act.body, Draft(state)
    bank = signatory(state, act)
    where = f"{body.issuer} {body.currency} {bank}"
    record_due(draft, where, act)
    for name in _due(draft, where, body.pays_on):
        catch_up(draft, name, act)
    names = _due(draft, where, body.pays_on)
    if not names:
        raise NothingDue(f"{where}: {body.pays_on}")
    _check_dates(act, certificate(draft, names[0]), body.pays_on)
    found = [_owing(draft, act, name) for name in names]
    open_now = sum(outstanding(one.found) for one in found)
    if body.amount_minor > open_now:
        raise OverPayment(f"{body.amount_minor} of {open_now} minor units owed")
    require_persons(state, act, bank, body.currency, body.amount_minor)
    use_once(draft, act, bank, body.evidence)
    _divide(draft, act, found, body.amount_minor)
    return draft.effects


def pay_late(state: State, act: Act[PayLate]) -> Effects:
    """Late interest, in proportion to what each holder was paid late, past those whom nothing may reach."""
    body, draft, name = act.body, Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found = certificate(draft, name, "partially_paid", "settled")
    if signatory(state, act) != found["paying_bank"]:
        raise NotPayingBank(f"{found['paying_bank']} pays {name}")
    late = draft.row("arrears", name)
    if late is None or late["late_due"] == late["late_paid"]:
        raise NotInArrears(name)
    _check_dates(act, found, kept(draft, name, found, act).on)
    open_now = late["late_due"] - late["late_paid"]
    if body.amount_minor > open_now:
        raise OverPayment(f"{body.amount_minor} of {open_now} minor units owed late")
    require_persons(state, act, found["paying_bank"], found["currency"], body.amount_minor)
    use_once(draft, act, found["paying_bank"], body.evidence)
    claims, targets = _claims(draft, act, name, found["currency"])
    owed_late = {
        part: claim["late_due"] - claim.get("late_paid", 0)
        for part, claim in claims.items()
        if claim.get("late_due", 0) > claim.get("late_paid", 0)
    }
    why = {part: waits_because(draft, part, claims[part], targets[part]) for part in owed_late}
    payable = {part: amount for part, amount in owed_late.items() if not why[part]}
    _require_payable(draft, body.amount_minor, sum(payable.values()), _waiting(claims, why))
    for part, share in _shares(body.amount_minor, payable).items():
        draft.add("claim", name, part, late_paid=share)
        told = {"holder": payee(part, claims[part]), "amount": share, **_told(act)}
        told |= targets[part].document()
        draft.put("late-payout", name, told, f"{act.index:012d} {part}")
    draft.amend("arrears", name, late_paid=late["late_paid"] + body.amount_minor)
    arrears.cure(draft, name)
    return draft.effects


def make_final(draft: Draft, name: str, _act: Act[Any]) -> None:
    """The return period of a payment has passed."""
    certificate_name, _, index = name.rpartition(" ")
    for part, row in draft.rows("payout", certificate_name).items():
        if part.startswith(f"{index} ") and "final" not in row and "returned" not in row:
            draft.amend("payout", certificate_name, part, final="period")


def _due(draft: Draft, where: str, pays_on: str) -> list[str]:
    """The certificates that are to be paid on a day."""
    on = check_date(pays_on)
    rows = draft.rows("maturity", where).values()
    return [row["certificate"] for row in rows if row["pays_on"] == on]


def _check_dates(act: Act[Any], found: Row, pays_on: str) -> None:
    today = money_date(act.time, found["zone"])
    paid_on = money_date(act.body.paid_at, found["zone"])
    if today < pays_on:
        raise NotDue(f"due on {found['due_on']}, paid on {pays_on}")
    if not pays_on <= paid_on <= today:
        raise EvidenceWrong(f"paid on {paid_on}, due on {pays_on}, today is {today}")


def _owing(draft: Draft, act: Act[Any], name: str) -> Owing:
    record(draft, name, act)
    found = certificate(draft, name, "live", "partially_paid")
    book = load_book(draft, name)
    claims, targets = _claims(draft, act, name, found["currency"])
    due = owed(draft, book)
    why = {part: waits_because(draft, part, claims[part], targets[part]) for part in due}
    lots = {part: one.lots for part, one in due.items() if not why[part]}
    return Owing(name, found, book, lots, targets, _waiting(claims, why))


def _claims(
    draft: Draft, act: Act[Any], name: str, currency: str
) -> tuple[Mapping[str, Row], dict[str, Target]]:
    """The claims on a certificate, and the account to which each is paid now."""
    claims = draft.rows("claim", name)
    targets = {
        part: claim_target(draft, claim, payee(part, claim), currency, act.time)
        for part, claim in claims.items()
    }
    return claims, targets


def _divide(draft: Draft, act: Act[Any], due: list[Owing], amount: int) -> None:
    """Over holders, within each over its holdings, and there to the lowest cents."""
    holdings: dict[str, dict[str, int]] = {}
    where: dict[str, tuple[Owing, str, int]] = {}
    for one in due:
        for part, lots in one.lots.items():
            for lot in lots:
                key = f"{one.name} {unit_part(lot.start)}"
                holdings.setdefault(part, {})[key] = lot.end - lot.start
                where[key] = (one, part, lot.start)
    payable = {part: sum(sizes.values()) for part, sizes in holdings.items()}
    waiting = {entry for one in due for entry in one.waiting}
    _require_payable(draft, amount, sum(payable.values()), waiting)
    parts: dict[str, dict[str, dict[int, int]]] = {one.name: {} for one in due}
    for part, share in _shares(amount, payable).items():
        for key, units in _shares(share, holdings[part]).items():
            one, _, start = where[key]
            parts[one.name].setdefault(part, {})[start] = units
    for one in due:
        if parts[one.name]:
            _post(draft, act, one, parts[one.name])


def _shares(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """By largest remainder, without those that get nothing; never more than the weight."""
    shares = largest_remainder(amount, weights)
    if any(not 0 <= share <= weights[key] for key, share in shares.items()):
        raise InvariantError(f"{amount} is more than {sum(weights.values())}")
    return {key: share for key, share in shares.items() if share}


def _post(draft: Draft, act: Act[Any], one: Owing, units: Mapping[str, Mapping[int, int]]) -> None:
    """Mark the cents of one certificate as paid, and say to whom."""
    name, found = one.name, one.found
    paid_on = money_date(act.body.paid_at, found["zone"])
    shares = {part: sum(amounts.values()) for part, amounts in units.items()}
    before = {part: one.book.pay(amounts) for part, amounts in units.items()}
    save_book(draft, name, one.book)
    late = arrears.accrue(draft, name, shares, paid_on)
    final_on = plus_days(paid_on, return_days)
    for part, share in shares.items():
        claim, to = draft.row("claim", name, part) or {}, one.targets[part].document()
        paid = claim["paid"] + share
        draft.put("claim", name, {**claim, "paid": paid, **to}, part)
        told: dict[str, Any] = {"holder": part, "amount": share, "due": claim["due"], "paid": paid}
        told |= {"late": late.get(part) or None, "lots": _lots(before[part]), **_told(act), **to}
        told |= {"final_on": final_on}
        draft.put("payout", name, told, f"{act.index:012d} {part}")
    ends = full_hour(day_start(plus_days(final_on, 1), found["zone"]))
    schedule(draft, ends, "final", f"{name} {act.index:012d}")
    amount = sum(shares.values())
    status = "settled" if amount == outstanding(found) else "partially_paid"
    draft.amend("certificate", name, status=status, paid=found["paid"] + amount)
    if status == "settled":
        settled(draft, name, found, act.time)
        drop_due(draft, name, found)
    agree(draft, name, one.book)
    arrears.cure(draft, name)


def _told(act: Act[Any]) -> dict[str, Any]:
    body = act.body
    told = {**said(body), "paid_at": body.paid_at}
    return {**told, "index": act.index, "time": act.time}


def _lots(lots: Iterable[Lot]) -> list[dict[str, Any]]:
    """Ranges as they were before, so that a payment that comes back reopens exactly those."""
    return [{"start": lot.start, "end": lot.end, **lot.tag._asdict()} for lot in lots]


def _waiting(claims: Mapping[str, Row], why: Mapping[str, str]) -> set[tuple[str, str]]:
    """The holders that a payment goes past, and why it does."""
    return {(payee(part, claims[part]), reason) for part, reason in why.items() if reason}


def _require_payable(
    draft: Draft, amount: int, most: int, waiting: Iterable[tuple[str, str]]
) -> None:
    """Raises `PaymentHeld`, `AccountHeld` or `ClaimsWait`, if so much would reach somebody whom nothing may reach."""
    if amount <= most:
        return
    found = sorted(waiting)
    told = [f"{who}: {why_held(draft, who) if why == sanctions else why}" for who, why in found]
    raise _error({why for _, why in found})(
        f"{'; '.join(told)}; at most {most} minor units can be paid now"
    )


def _error(reasons: set[str]) -> type[RuleError]:
    if reasons == {sanctions}:
        return PaymentHeld
    return AccountHeld if reasons <= set(get_args(Held)) else ClaimsWait
