"""The pledgee gives its security up, while nothing was paid; what is due on the units is their holder's claim again."""

from __future__ import annotations

from tallystick.finance.holdings.bodies import PledgeAnswer
from tallystick.finance.holdings.pledges import answered
from tallystick.finance.receivables.certificates import load_book
from tallystick.finance.settlement.claims import agree
from tallystick.ledger import Act, Effects, State


def release(state: State, act: Act[PledgeAnswer]) -> Effects:
    draft = answered(state, act, "to", "pledged", "released")
    name = (draft.row("pledge", act.body.pledge) or {})["certificate"]
    agree(draft, name, load_book(draft, name))
    return draft.effects
