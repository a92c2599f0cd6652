"""`tallystick match`: what is held and why, tolerances, and releases by two persons."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.pages.render import permille, quantity
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, say
from tallystick.app.reads.looking import looking
from tallystick.ledger import Body

cli = typer.Typer(
    help="The match of order, goods and invoice: what is held, tolerances, releases by two.",
    no_args_is_help=True,
)
console = Console()
_Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
_Invoice = Annotated[str, typer.Argument(metavar="INVOICE", help="99.100/O-…#INV-1.")]
_Line = Annotated[int, typer.Argument(min=1, max=999_999, help="Number of the invoice line.")]
_Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Its payload hash.")]
_Units = Annotated[int | None, typer.Option(min=0)]


@cli.command("list")
def list_held(
    firm: _Firm,
    reason: Annotated[str, typer.Option(help="Only lines with this reason.")] = "",
    status: Annotated[str, typer.Option(help="matched, partial, held or rejected.")] = "",
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Invoice lines that are not confirmed whole, and why."""
    for word, words in (
        (reason, finance.views.match_reasons),
        (status, finance.views.match_statuses),
    ):
        if word and word not in words:
            raise typer.BadParameter(f"{word}: one of {', '.join(words)}")
    told: dict[str, Any] = {"reason": reason or None, "status": status or None}
    with looking("match list", firm) as reading:
        page = finance.views.held_lines(reading, firm, after=after, limit=limit, **told)
    columns = ("invoice", "line", "outcome", "confirmable", "waits", "reasons")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for one in page.rows:
        match, currency = one.match, one.head["currency"]
        money = [
            finance.format_amount(sum_, currency) for sum_ in (match.confirmable, match.waiting)
        ]
        table.add_row(one.invoice, str(match.line), match.status, *money, ", ".join(match.reasons))
    console.print(table if page.rows else "Nothing waits.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)


@cli.command("show")
def show(invoice: _Invoice, line: _Line) -> None:
    """One line: its quantities side by side, why it is held, and what would release it."""
    with looking("match show", invoice) as reading:
        one = finance.views.one_line(reading, invoice, line)
    sides, match, currency = one.sides, one.match, one.head["currency"]
    table = Table("quantity", sides.unit)
    for name in (
        "ordered", "despatched", "received", "rejected", "returned", "accepted", "invoiced",
        "credited", "confirmed",
    ):  # fmt: skip
        table.add_row(name, quantity(getattr(sides, name), sides.scale))
    console.print(table)
    for what, sum_ in (
        ("confirmable", match.confirmable),
        ("waits", match.waiting),
        ("set off", match.set_off),
    ):
        console.print(
            f"{what}: {finance.format_amount(sum_, currency)} {currency}", highlight=False
        )
    console.print(f"{match.status}, by tolerances of version {one.version}", highlight=False)
    for reason in match.reasons:
        told = f"{reason}: released by {finance.views.match_releases[reason]}"
        console.print(told, highlight=False, soft_wrap=True)


@cli.command("tolerances")
def tolerances(firm: _Firm) -> None:
    """What a core enterprise lets pass, and what waits for a second person."""
    with looking("match tolerances", firm) as reading:
        found = finance.views.tolerances_of(reading, firm)
    columns = ("currency", "version", "over", "missing", "price", "rounding", "two persons")
    table = Table(*columns)
    for one in found.current:
        table.add_row(one.row["currency"], str(one.row["version"]), *_told(one.policy))
    if not found.current:
        table.add_row("any", "0", *_told(found.otherwise))
    console.print(table)
    for asked in found.proposed:
        line = f"tallystick match approve {asked.proposal} --author …"
        console.print(line, highlight=False, soft_wrap=True)


@cli.command("propose")
def propose(
    author: AuthorKey,
    after: Annotated[int, typer.Option(min=0, help="The version in force that you have seen.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "CNY",
    over_ppm: Annotated[int, typer.Option(help="Above the order, parts per million.")] = 5_000,
    over_units: _Units = None,
    under_ppm: Annotated[int, typer.Option(help="Missing, parts per million.")] = 0,
    under_units: _Units = None,
    price_ppm: Annotated[int, typer.Option(help="Above the price, parts per million.")] = 5_000,
    price_minor: Annotated[int, typer.Option(help="And at most, for a line, in cents.")] = 10_000,
    rounding_minor: Annotated[int, typer.Option(help="Rounding of a line, in cents.")] = 1,
    release_minor: Annotated[int, typer.Option(help="Two persons let pass, in cents.")] = 0,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose tolerances of your organisation, as a maker; a checker approves them."""
    told = {
        "currency": currency,
        "over_delivery_ppm": over_ppm,
        "over_delivery_units": over_units,
        "under_delivery_ppm": under_ppm,
        "under_delivery_units": under_units,
        "price_ppm": price_ppm,
        "price_absolute_minor": price_minor,
        "rounding_minor": rounding_minor,
        "release_minor": release_minor,
        "after": after,
    }
    body = formed(finance.TolerancesPropose, told)
    _say("finance.tolerances.propose/1", body, Person(author, url, draft))


@cli.command("approve")
def approve(proposal: _Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Put proposed tolerances in force, as a checker."""
    body = formed(finance.TolerancesApprove, {"proposal": proposal})
    _say("finance.tolerances.approve/1", body, Person(author, url, draft))


@cli.command("release")
def release(
    invoice: _Invoice,
    line: _Line,
    reason: Annotated[list[str], typer.Option(help="Why it is held; may be repeated.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose to let a held line pass, as a maker of the buyer."""
    told = {"invoice": invoice, "line": line, "reasons": reason}
    body = formed(finance.ReleasePropose, told)
    _say("finance.match.release.propose/1", body, Person(author, url, draft))


@cli.command("let-pass")
def let_pass(proposal: _Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Let a held line pass, as a checker of the buyer."""
    body = formed(finance.ReleaseApprove, {"proposal": proposal})
    _say("finance.match.release.approve/1", body, Person(author, url, draft))


def _told(policy: finance.Policy) -> list[str]:
    over, under = (
        permille(share) + (" ‰" if units is None else f" ‰, {units} units")
        for share, units in (
            (policy.over_delivery_ppm, policy.over_delivery_units),
            (policy.under_delivery_ppm, policy.under_delivery_units),
        )
    )
    price = f"{permille(policy.price_ppm)} ‰, {policy.price_absolute_minor} cents"
    return [over, under, price, str(policy.rounding_minor), str(policy.release_minor)]


def _say(entry_type: str, body: Body, by: Person) -> None:
    index = say(entry_type, body, by)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)
