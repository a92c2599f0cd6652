"""Search proofs (查询证明): what a bank states that it found in the public register before its quote binds.

search  <certificate>  part <bank> <holder>: {number, evidence, searched_at, index}
"""

from __future__ import annotations

from tallystick.finance.bank_records import said
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceWrong, SameParty
from tallystick.finance.financing.acts import Search
from tallystick.finance.financing.errors import SearchMissing
from tallystick.finance.money.dates import days_between, money_date
from tallystick.finance.parties import act_for, organisation, require_capacity, speaker
from tallystick.ledger import Act, Effects, State

#: A register changes daily: what was found there binds nobody longer than this.
search_days = 7


def put_search(state: State, act: Act[Search]) -> Effects:
    """Judged by what it states alone, as a quote: whoever searches need not know the certificate yet."""
    body, draft = act.body, Draft(state)
    bank = speaker(state, act.author).organisation
    require_capacity(state, bank, "bank")
    act_for(state, act, bank, "maker", "checker")
    organisation(state, body.holder)
    if body.holder == bank:
        raise SameParty(f"{bank} would finance itself")
    if body.searched_at > act.time:
        raise EvidenceWrong(f"searched at {body.searched_at}, now is {act.time}")
    told = {"number": body.number, **said(body), "searched_at": body.searched_at}
    part = f"{bank} {body.holder}"
    draft.put("search", body.certificate, {**told, "index": act.index}, part)
    return draft.effects


def require_search(draft: Draft, quote: Row, time: str, zone: str) -> None:
    """Raises `SearchMissing` unless the quote's bank has searched the register for its holder lately."""
    found = draft.row("search", quote["certificate"], f"{quote['bank']} {quote['holder']}")
    if found is None:
        raise SearchMissing(quote["bank"])
    searched_on = money_date(found["searched_at"], zone)
    if days_between(searched_on, money_date(time, zone)) > search_days:
        raise SearchMissing(f"{quote['bank']} searched on {searched_on}")
