"""Two persons of an insurer offer a cover, the insured accepts it, and declares which of its holdings are insured.

What is declared stays insured when the cover's last day is over, until it is paid, passed on or claimed. Nothing is
declared of a debtor that is in arrears, above its limit, or of a certificate that has come to its due date.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.insurance.bodies import (
    CoverAnswer,
    CoverApprove,
    CoverDeclare,
    CoverPropose,
)
from tallystick.finance.insurance.counting import debtor_part, insured_of
from tallystick.finance.insurance.errors import (
    CoverNotInForce,
    DebtorLimitReached,
    DebtorNotInsured,
    InsuredElsewhere,
)
from tallystick.finance.insurance.terms import (
    check_terms,
    cover_ender,
    known_cover,
    over_at,
    today,
)
from tallystick.finance.known import known
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    act_for,
    organisation,
    require_capacity,
    require_keys,
    require_persons,
    signatory,
)
from tallystick.finance.receivables.book import Tag
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_of,
    movable,
    save_book,
)
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.finance.receivables.standing import require_no_arrears
from tallystick.finance.two_persons import put_first, take_second
from tallystick.ledger import Act, Effects, State


def propose(state: State, act: Act[CoverPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    insurer = signatory(state, act, "maker")
    require_capacity(state, insurer, "insurer")
    organisation(state, body.insured)
    for one in body.debtors:
        require_capacity(state, one.debtor, "core")
    check_terms(body, insurer, money_date(act.time, body.zone))
    # Recourse that ends is not said: covers from before the term existed are the same documents.
    unsaid = {"recourse"} if body.recourse == "ends" else None
    document: dict[str, Any] = body.model_dump(mode="json", exclude=unsaid)
    document |= {"insurer": insurer, "status": "proposed", "index": act.index}
    for currency, most in _limits(document).items():
        require_keys(state, act, insurer, currency, most)
    draft.put("insurance-cover", act.payload_hash, document)
    put_first(draft, act, "cover-proposal", insurer)
    return draft.effects


def approve(state: State, act: Act[CoverApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    insurer = signatory(state, act, "checker")
    asked = take_second(draft, act, "cover-proposal", insurer)
    found = draft.row("insurance-cover", name) or {}
    require_capacity(state, insurer, "insurer")
    _require_days_left(act, found)
    for currency, most in _limits(found).items():
        require_persons(state, act, insurer, currency, most, before=(asked["proposer"],))
    until = end_after(act.time, found["valid_hours"])
    draft.amend("insurance-cover", name, status="offered", until=until, offered=act.index)
    schedule(draft, until, cover_ender, name)
    return draft.effects


def answer(state: State, act: Act[CoverAnswer]) -> Effects:
    draft, name = Draft(state), act.body.cover
    found = known_cover(state, act, "offered")
    act_for(state, act, found["insured"], "maker", "checker")
    unschedule(draft, found["until"], cover_ender, name)
    if not act.body.accepted:
        draft.amend("insurance-cover", name, status="declined", answered=act.index)
        return draft.effects
    _require_days_left(act, found)
    until = over_at(found["expires_on"], found["zone"])
    draft.amend("insurance-cover", name, status="in-force", answered=act.index, until=until)
    schedule(draft, until, cover_ender, name)
    for one in found["debtors"]:
        part = debtor_part(one["debtor"], one["currency"])
        draft.put("insured-debtor", name, {"limit": one["limit"], "insured": 0}, part)
    return draft.effects


def declare(state: State, act: Act[CoverDeclare]) -> Effects:
    body, draft = act.body, Draft(state)
    cover = known_cover(state, act, "in-force")
    insured = act_for(state, act, cover["insured"], "maker", "checker").organisation
    if today(act, cover) < cover["valid_from"]:
        raise CoverNotInForce(f"valid from {cover['valid_from']}")
    name = body.certificate
    known(state, act, "certificate", name)
    found = movable(draft, name, act.time)
    part = debtor_part(found["issuer"], found["currency"])
    debtor = draft.row("insured-debtor", body.cover, part)
    if debtor is None:
        raise DebtorNotInsured(part)
    require_no_arrears(draft, found["issuer"])
    if debtor["insured"] + body.amount > debtor["limit"]:
        left = debtor["limit"] - debtor["insured"]
        raise DebtorLimitReached(f"{left} of {body.amount} minor units can be insured")
    _require_one_cover(draft, name, insured, body.cover)
    book = book_of(draft, name, insured)
    book.insure(insured, body.amount, body.cover, lambda tag: _uninsured(draft, tag))
    save_book(draft, name, book)
    add_parties(draft, name, act.index, (cover["insurer"],))
    told: dict[str, Any] = {"certificate": name, "amount": body.amount, "index": act.index}
    told |= {"currency": found["currency"]}
    draft.put("insurance-declaration", body.cover, {**told, "time": act.time}, act.payload_hash)
    return draft.effects


def end(draft: Draft, name: str) -> None:
    """Nobody accepted it in time, or its last day is over."""
    found = draft.row("insurance-cover", name)
    if found is not None and found["status"] in ("offered", "in-force"):
        status = "lapsed" if found["status"] == "offered" else "ended"
        draft.amend("insurance-cover", name, status=status)


def _limits(found: Row) -> Counter[str]:
    """What can be insured at most, by currency."""
    sums: Counter[str] = Counter()
    for one in found["debtors"]:
        sums[one["currency"]] += one["limit"]
    return sums


def _require_days_left(act: Act[Any], found: Row) -> None:
    if today(act, found) > found["expires_on"]:
        raise CoverNotInForce(f"its last day was {found['expires_on']}")


def _require_one_cover(draft: Draft, name: str, insured: str, cover: str) -> None:
    for lot in draft.rows("holding", name).values():
        owed = lot["holder"] == insured and lot["state"] not in ("paid", "cancelled")
        other = lot["cover"] if owed else ""
        if other not in ("", cover) and insured_of(draft, other) == insured:
            raise InsuredElsewhere(name)


def _uninsured(draft: Draft, tag: Tag) -> bool:
    """Units that came from another holder bring no cover along."""
    return not tag.cover or insured_of(draft, tag.cover) != tag.holder
