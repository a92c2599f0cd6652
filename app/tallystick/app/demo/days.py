"""Dates and accounts of the story: the calendar of its node, and where its firms are paid."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.finance import accounts, calendars
from tallystick.ledger import Attachment, Submission, canonical, payload_hash, reference_to

calendar = f"{cast.node}#CN"
first, second = cast.operator("administrator"), cast.operator("security-administrator")
#: A bank code of the area 9999, which is nobody's, with its check digit.
bank_code = "999999900" + "01"
version = 2


def publish(stage: Stage) -> None:
    """The State Council's tables, each proposed by one person of the node and approved by another."""
    for after, name in enumerate(calendars.shipped()):
        body = calendars.proposal(calendars.read_table(calendars.builtin(name)), after)
        proposed = stage.sign(first, "finance.calendar.propose/1", body)
        approval = calendars.CalendarApprove(proposal=payload_hash(proposed.envelope).hex())
        stage.append([proposed, stage.sign(second, "finance.calendar.approve/1", approval)])


def name_accounts(stage: Stage) -> dict[str, str]:
    """Every supplier registers an account, its bank vouches for it, two officers name it; by firm."""
    named: dict[str, str] = {}
    for firm in cast.suppliers:
        body, kept = _details(stage, firm)
        said = stage.author(firm.maker).write(
            "finance.account.register/1", body, attachments=[kept]
        )
        (answer,) = stage.append([said])
        name = f"{firm.handle}#A-{answer.index}"
        attest = accounts.AccountAttest(account=name, belongs=True)
        payee = accounts.PayeePropose(organisation=firm.handle, currency="CNY", account=name)
        proposed = stage.sign(firm.administrator, "finance.payee.propose/1", payee)
        stage.append(
            [
                stage.sign(cast.bank.checker, "finance.account.attest/1", attest),
                proposed,
                _approval(stage, firm, proposed),
            ]
        )
        named[firm.id] = name
    return named


def pays_on(due_on: str, roll: calendars.Roll) -> str:
    """The payment date by the tables that were published."""
    years = {}
    for name in calendars.shipped():
        body = calendars.proposal(calendars.read_table(calendars.builtin(name)), 0)
        years[body.year] = calendars.table_of(body.model_dump(mode="json"))
    return finance.calendars.Calendar(calendar, version, years).rolled(due_on, roll).on


def _approval(stage: Stage, firm: cast.Firm, proposed: Submission) -> Submission:
    body = accounts.PayeeApprove(proposal=payload_hash(proposed.envelope).hex())
    return stage.sign(firm.person("security-administrator"), "finance.payee.approve/1", body)


def _details(stage: Stage, firm: cast.Firm) -> tuple[accounts.AccountRegister, Attachment]:
    """The number is made up; it and the name stand in the attachment alone."""
    number = f"9999{int(firm.id[1:]):015d}"
    data = canonical.encode({"holder": firm.zh, "number": number})
    kept = Attachment(accounts.details_type, data, stage.random(32), "restricted")
    body = accounts.AccountRegister(
        organisation=firm.handle, scheme="cnaps", bank_code=bank_code + accounts.cnaps_check(bank_code),
        bank=cast.bank.handle, country="CN", currency="CNY", tail=number[-4:], details=reference_to(kept),
    )  # fmt: skip
    return body, kept
