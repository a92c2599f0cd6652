"""`tallystick webhook`: what the operator of a node sees of webhooks, and does about one that fails."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.app.webhooks.desk import WebhookDesk, delivery_shown
from tallystick.app.webhooks.errors import WebhookUnknown
from tallystick.app.webhooks.hooks import Hook
from tallystick.app.webhooks.rounds import Rounds

cli = typer.Typer(
    help="Addresses at which organisations are told of their entries: what was sent, again, stopped.",
    no_args_is_help=True,
)
console = Console()
Name = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id: wh_….")]


@cli.command("list")
def list_all(
    organisation: Annotated[str, typer.Option(help="Those of one organisation: 99.100/O-….")] = "",
) -> None:
    """Webhooks, their state, and how many deliveries are in which state."""
    desk, columns = _desk(), ("webhook", "organisation", "state", "types", "deliveries", "failing")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    hooks = _hooks(desk, organisation)
    for one in hooks:
        told = desk.shown(one)
        counts = ", ".join(f"{count} {name}" for name, count in sorted(told["deliveries"].items()))
        failing = told.get("failing_since", "")
        table.add_row(
            one.id, one.organisation, one.state, ", ".join(told["types"]), counts or "–", failing
        )
    console.print(table if hooks else "There are no webhooks.")


@cli.command()
def deliveries(
    webhook: Name,
    state: Annotated[str, typer.Option(help="waiting, delivered, failed or withheld.")] = "",
    before: Annotated[str, typer.Option(help="Go on behind this delivery.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """What was sent, the newest first: attempts, the last answer, and when it is tried next."""
    desk = _desk()
    rows = desk.deliveries(_one(desk, webhook), before, state, limit)
    columns = ("delivery", "state", "attempts", "tried", "answer", "next")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for row in rows:
        told = delivery_shown(row)
        answer = told.get("problem") or str(told.get("status", "–"))
        table.add_row(
            row.id,
            row.state,
            str(row.attempts),
            told.get("tried", "–"),
            answer,
            told.get("next", "–"),
        )
    console.print(table if rows else "Nothing was sent.")


@cli.command()
def replay(
    webhook: Name,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="As `deliveries` names it.")],
) -> None:
    """Send one again, under the same id; the worker does it."""
    desk = _desk()
    row = desk.again(_one(desk, webhook), delivery)
    typer.echo(f"{row.id} is due")


@cli.command()
def stop(webhook: Name) -> None:
    """Send nothing more until an officer lets it go on; its officers are told."""
    desk = _desk()
    Rounds(desk.node).stop(_one(desk, webhook), "failing")
    typer.echo(f"{webhook} is stopped")


@cli.command()
def send() -> None:
    """Plan and send what is due now, once, as the worker does each second."""
    rounds = Rounds(Node.existing(Settings()))
    typer.echo(f"{rounds.plan()} planned, {rounds.work()} tried")


def _desk() -> WebhookDesk:
    return WebhookDesk(Node.existing(Settings()))


def _hooks(desk: WebhookDesk, organisation: str) -> list[Hook]:
    with desk.node.store.read() as transaction:
        rows = transaction.webhooks.all()
    return [Hook.of(row) for row in rows if organisation in ("", row.organisation)]


def _one(desk: WebhookDesk, webhook: str) -> Hook:
    """Raises `WebhookUnknown`."""
    with desk.node.store.read() as transaction:
        row = transaction.webhooks.one(webhook)
    if row is None:
        raise WebhookUnknown(webhook)
    return Hook.of(row)
