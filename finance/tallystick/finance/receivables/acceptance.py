"""The original holder accepts (签收) or refuses a certificate; unanswered, it lapses.

Where the issuer's ERP is asked first, nobody accepts before it has confirmed. A certificate that never came to life gives back the invoice and receipt lines it had consumed.
"""

from __future__ import annotations

from tallystick.finance.advances.conversion import convert
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import Ended
from tallystick.finance.known import known
from tallystick.finance.parties import act_for, require_persons
from tallystick.finance.policies.errors import ErpBlockAwaited
from tallystick.finance.receivables.acts import CertificateAccept, CertificateRefuse
from tallystick.finance.receivables.certificates import certificate, drop_book
from tallystick.finance.receivables.expiry import unschedule
from tallystick.finance.trade.matching import release
from tallystick.ledger import Act, Effects, State


def accept(state: State, act: Act[CertificateAccept]) -> Effects:
    draft, name = Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found = certificate(draft, name, "offered")
    act_for(state, act, found["holder"], "maker", "checker")
    require_persons(state, act, found["holder"], found["currency"], found["face"])
    if found.get("erp", {"status": "confirmed"})["status"] != "confirmed":
        raise ErpBlockAwaited(name)
    _require_standing(act, name, found)
    draft.amend("certificate", name, status="live", accepted_time=act.time, accepted=act.index)
    unschedule(draft, found["accept_until"], "certificate", name)
    convert(draft, act, name, found)
    return draft.effects


def refuse(state: State, act: Act[CertificateRefuse]) -> Effects:
    draft, name = Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found = certificate(draft, name, "offered")
    act_for(state, act, found["holder"], "maker", "checker")
    _require_standing(act, name, found)
    unschedule(draft, found["accept_until"], "certificate", name)
    _void(draft, name, "refused", act.time)
    draft.amend("certificate", name, refused=act.index)
    return draft.effects


def _require_standing(
    act: Act[CertificateAccept] | Act[CertificateRefuse], name: str, found: Row
) -> None:
    """No answer behind the end, even before a block has ended it. Raises `Ended`."""
    if act.time >= found["accept_until"]:
        raise Ended(f"{name} could be answered until {found['accept_until']}")


def lapse(draft: Draft, name: str) -> None:
    """Not accepted in time."""
    found = draft.row("certificate", name)
    if found is not None and found["status"] == "offered":
        _void(draft, name, "lapsed", found["accept_until"])


def _void(draft: Draft, name: str, status: str, time: str) -> None:
    for part, backing in draft.rows("backing", name).items():
        release(draft, backing)
        draft.amend("backing", name, part, released=True)
    drop_book(draft, name)
    draft.amend("certificate", name, status=status, ended_time=time)
