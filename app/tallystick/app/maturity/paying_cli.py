"""`tallystick maturity pay` and its kin: what was paid at maturity, by the bank's record of it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

import tallystick.finance as finance
from tallystick.app.people.saying import (
    AuthorKey,
    Draft,
    MemberRefused,
    Person,
    Url,
    formed,
)
from tallystick.app.recorded import (
    Amount,
    Currency,
    DigestOnly,
    EvidenceFile,
    Lines,
    MaybeEvidenceFile,
    say_evidenced,
)
from tallystick.ledger import Body

Certificate = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")]
PaidAt = Annotated[str, typer.Option(help="When: 2026-07-10T02:00:00.000Z.")]


def add_to(cli: typer.Typer) -> None:
    cli.command("pay")(pay)
    cli.command("pay-day")(pay_day)
    cli.command("pay-late")(pay_late)
    cli.command("arrived")(arrived)
    cli.command("came-back")(came_back)


def pay(
    certificate: Certificate,
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: PaidAt,
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the paying bank: so much of one certificate was paid to its holders."""
    minor = finance.parse_amount(amount, currency)
    told = {"certificate": certificate, "amount_minor": minor, "paid_at": paid_at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.pay/1", finance.Pay, told, by, record)


def pay_day(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="The debtor.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="The payment date: 2026-07-10.")],
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: PaidAt,
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the paying bank: so much was paid of all that a debtor had to pay on one day (`maturity show` says what)."""
    minor = finance.parse_amount(amount, currency)
    told = {
        "issuer": issuer, "currency": currency, "pays_on": day, "amount_minor": minor, "paid_at": paid_at
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.pay.due/1", finance.PayDue, told, by, record)


def pay_late(
    certificate: Certificate,
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: PaidAt,
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the paying bank: so much late interest was paid."""
    minor = finance.parse_amount(amount, currency)
    told = {"certificate": certificate, "amount_minor": minor, "paid_at": paid_at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.pay.late/1", finance.PayLate, told, by, record)


def arrived(
    payee: Annotated[str, typer.Argument(metavar="PAYEE", help="Who was paid.")],
    payments: Annotated[
        list[str],
        typer.Argument(metavar="CERTIFICATE=ENTRY…", help="99.100/O-…#C-17=1203, and so on."),
    ],
    author: AuthorKey,
    evidence: MaybeEvidenceFile = None,
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the payee, or the bank that keeps its account: these payments are there, and final."""
    told = {"payee": payee, "payments": tuple(_payment(one) for one in payments)}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.pay.receive/1", finance.Received, told, by, record)


def came_back(
    payee: Annotated[str, typer.Argument(metavar="PAYEE", help="Who was paid.")],
    payment: Annotated[
        str, typer.Argument(metavar="CERTIFICATE=ENTRY", help="99.100/O-…#C-17=1203.")
    ],
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    at: Annotated[str, typer.Option(help="When: 2026-07-11T02:00:00.000Z.")],
    reason: Annotated[
        Literal["account-closed", "account-wrong", "payee-refused", "no-funds", "other"],
        typer.Option(),
    ] = "other",
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As either bank, within three days: a payment came back (退汇); exactly its cents are owed again."""
    told = {
        "payment": _payment(payment), "payee": payee, "reason": reason,
        "amount_minor": finance.parse_amount(amount, currency), "returned_at": at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.pay.return/1", finance.Returned, told, by, record)


def _payment(told: str) -> Body:
    """Raises `MemberRefused`."""
    name, _, index = told.rpartition("=")
    if not index.isascii() or not index.isdecimal():
        raise MemberRefused(f"{told} is not CERTIFICATE=ENTRY")
    return formed(finance.Payment, {"certificate": name, "index": int(index)})
