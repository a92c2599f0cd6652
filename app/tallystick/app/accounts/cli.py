"""`tallystick account`: bank accounts of organisations, and to which of them they are paid."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_model
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, say
from tallystick.app.reads.looking import looking
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.finance import accounts
from tallystick.identity import speaker
from tallystick.ledger import (
    Attachment,
    Body,
    canonical,
    reference_to,
    replace_durably,
)

cli = typer.Typer(
    help="Bank accounts of organisations: registered, proven, and changed by two officers.",
    no_args_is_help=True,
)
console = Console()
details_bytes_max = 4096
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="99.100/O-…#A-17.")]
Proposal = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="The payload hash that `payee` printed.")
]
Secret = Annotated[Path, typer.Argument(metavar="FILE", help="Where amount and salt are kept.")]


@cli.command()
def register(
    details: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help='JSON: {"holder": …, "number": …}. Kept out of bodies.'
        ),
    ],
    author: AuthorKey,
    bank_code: Annotated[str, typer.Option(help="12 digits (联行号) or a BIC.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code.")] = "CN",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "CNY",
    bank: Annotated[str, typer.Option(help="The bank's handle, if it takes part.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Register an account of your organisation; prints its name."""
    by, node = Person(author, url, draft), Node.existing(Settings())
    told = read_model(details, accounts.AccountDetails, details_bytes_max)
    told = accounts.AccountDetails(holder=told.holder, number=accounts.compact(told.number))
    data = canonical.encode(told.model_dump())
    kept = Attachment(accounts.details_type, data, secrets.token_bytes(32), "restricted")
    with node.reader.open() as snapshot:
        owner = speaker(snapshot.view, by.handle).organisation
    fields = {
        "organisation": owner, "scheme": "cnaps" if bank_code.isdecimal() else "bic",
        "bank_code": bank_code, "bank": bank, "country": country, "currency": currency,
        "tail": told.number[-4:],
        "details": reference_to(kept),
    }  # fmt: skip
    body = formed(accounts.AccountRegister, fields)
    signers = [signing_key(node, author)]
    way = Way(node, url, draft)
    index = way.say("finance.account.register/1", body, signers, [kept])
    if index is not None:
        print(f"{owner}#A-{index}")


@cli.command()
def attest(
    account: Account,
    author: AuthorKey,
    no: Annotated[bool, typer.Option("--no", help="It is not this organisation's.")] = False,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the bank that keeps it: the account belongs to the organisation."""
    body = accounts.AccountAttest(account=account, belongs=not no)
    _say("finance.account.attest/1", body, Person(author, url, draft))


@cli.command()
def challenge(account: Account, secret: Secret, author: AuthorKey, url: Url = "") -> None:
    """As the node: choose a small amount, log its salted digest, and print what to pay."""
    amount, salt = 1 + secrets.randbelow(accounts.micro_amount_max), secrets.token_hex(32)
    kept = orjson.dumps({"account": account, "amount_minor": amount, "salt": salt})
    replace_durably(secret, kept, secret=True)
    body = accounts.AccountChallenge(
        account=account, digest=accounts.challenge_digest(salt, amount)
    )
    _say("finance.account.challenge/1", body, Person(author, url))
    console.print(
        f"Pay {amount} minor units to {account}, then wait for its answer.", highlight=False
    )


@cli.command()
def answer(
    account: Account,
    amount_minor: Annotated[int, typer.Argument(min=1, help="In minor units: 0.42 is 42.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the organisation: name the amount that came in. One answer counts."""
    body = formed(accounts.AccountAnswer, {"account": account, "amount_minor": amount_minor})
    _say("finance.account.answer/1", body, Person(author, url, draft))


@cli.command()
def reveal(secret: Secret, author: AuthorKey, url: Url = "") -> None:
    """As the node: reveal what was paid; the account is confirmed if the answer was right."""
    told = orjson.loads(read_bytes(secret, details_bytes_max))
    body = formed(accounts.AccountReveal, told)
    _say("finance.account.reveal/1", body, Person(author, url))


@cli.command()
def close(
    account: Account,
    author: AuthorKey,
    reason: Annotated[Literal["closed", "frozen", "mistake"], typer.Option()] = "closed",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Nothing is paid to it any more."""
    body = accounts.AccountClose(account=account, reason=reason)
    _say("finance.account.close/1", body, Person(author, url, draft))


@cli.command()
def payee(account: Account, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As an officer: propose that the organisation be paid to this account."""
    by, node = Person(author, url, draft), Node.existing(Settings())
    with looking("account payee", account, node=node) as reading:
        found = accounts.views.account(reading, account)
    told = {**{key: found.row[key] for key in ("organisation", "currency")}, "account": account}
    index = say("finance.payee.propose/1", formed(accounts.PayeePropose, told), by)
    if index is None or url:
        return
    with node.reader.open() as snapshot:
        proposal = snapshot.row(index).payload_hash.hex()
    console.print(
        f"tallystick account approve {proposal} --author …", highlight=False, soft_wrap=True
    )


@cli.command()
def approve(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a second officer: approve. A change is in force after three business days."""
    body = accounts.PayeeApprove(proposal=proposal)
    _say("finance.payee.approve/1", body, Person(author, url, draft))


@cli.command()
def cancel(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As any officer: stop a change before it is in force."""
    body = accounts.PayeeCancel(proposal=proposal)
    _say("finance.payee.cancel/1", body, Person(author, url, draft))


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Accounts of an organisation, to which of them it is paid, and what is on its way."""
    columns = ("account", "bank", "number", "currency", "status")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("account list", firm) as reading:
        page = accounts.views.accounts(reading, firm, after, limit)
        payees = accounts.views.payees(reading, firm)
    for one in page.rows:
        row = one.row
        table.add_row(one.name, row["bank_code"], one.shown, row["currency"], row["status"])
    console.print(table if page.rows else "No account is registered.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)
    for paid in payees:
        console.print(
            f"{paid.currency} is paid to {paid.row['account']}", highlight=False, soft_wrap=True
        )
        if "change" in paid.row:
            told = paid.row["change"]
            line = f"  from {told['from']} on to {told['account']} ({told['rule']}, {told['days']} days)"
            console.print(line, highlight=False, soft_wrap=True)


def _say(entry_type: str, body: Body, by: Person) -> None:
    index = say(entry_type, body, by)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)
