"""What is due of a certificate before it is paid, carried out by the payment where no block has done it yet.

A block carries out what was due at the time of the block before it, and follows what was said. Where nothing was said
for days, a payment may be the first: whatever ended meanwhile ends now, in its order, and what was late is late. The
steps are those of the block, so that it makes no difference who carries them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.finance.calendars.payment import fix
from tallystick.finance.draft import Draft, Row
from tallystick.finance.financing.disbursement import make_final
from tallystick.finance.financing.quotes import expire_quote
from tallystick.finance.holdings import disputes, freezes, locks, pledges
from tallystick.finance.receivables import expiry, transfers
from tallystick.finance.receivables.certificates import load_book
from tallystick.finance.receivables.expiry import Ender, Step, carry_out, due_hours, waiting
from tallystick.finance.settlement.arrears import begin
from tallystick.finance.settlement.claims import maturity_of, record
from tallystick.finance.settlement.errors import StillRecording
from tallystick.ledger import Act

_enders: Mapping[str, Ender] = {
    "offer": transfers.expire,
    "quote": expire_quote,
    "pledge": pledges.expire,
    "lock": locks.expire,
    "dispute": disputes.expire,
    "freeze": freezes.expire,
}
_steps: Mapping[str, Step] = {
    "payment-date": fix,
    "record": record,
    "overdue": begin,
    "disbursed": make_final,
}


def catch_up(draft: Draft, name: str, act: Act[Any]) -> None:
    """Everything of this certificate that was due by now, oldest hour first."""
    if not due_hours(draft, act.time):
        return
    names = {name, *load_book(draft, name).locks()}

    def mine(due: Row) -> bool:
        return due["name"] in names and (due["kind"] in _enders or due["kind"] in _steps)

    carry_out(draft, act, _enders, _steps, mine)


def record_due(draft: Draft, where: str, act: Act[Any]) -> None:
    """What one debtor has to pay in a currency by one bank is recorded; raises `StillRecording` where that takes blocks."""
    names = {
        due["name"]
        for due in waiting(draft, act.time, "payment-date", "record")
        if maturity_of(draft.row("certificate", due["name"]) or {}) == where
    }
    if len(names) > expiry.expiries_per_block_max:
        raise StillRecording(where)
    for name in sorted(names):
        catch_up(draft, name, act)
