"""Where `tallystick` begins: the names of its commands, each loaded when it is called.

Importing the whole product takes seconds, most of them for databases, web servers and pictures that the
command at hand does not use. So help and version come from this table; a test compares it with the commands.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

could_not_exit = 2
#: Besides what is printable: the new line, and blanks of Chinese and Western texts.
_blanks = "\n\u00a0\u3000"
about = "Tallystick: a ledger for things and for the money owed for them."
#: By name, in the order of the help: module and member that hold a command or a group, and its help.
commands: dict[str, tuple[str, str]] = {
    "verify": (
        "bundle_cli:verify",
        (
            "What a bundle proves, checked offline; with --rpc also its anchor, by asking the chain. "
            "Exit codes: 0 proven, 1 refused, 2 could not run."
        ),
    ),
    "label": ("scan_cli:label", "Print labels with QR codes that lead to the consumer page."),
    "decode": ("scan_cli:decode", "Read all codes in an image file."),
    "import": (
        "imports.cli:import_file",
        "Take in a company's own file: orders to invoices, or their changes, cancellations, credit notes, uses.",
    ),
    "document": (
        "documents.cli:cli",
        "Trade documents: orders, despatches, invoices, credit notes.",
    ),
    "match": (
        "matching.cli:cli",
        "The match of order, goods and invoice: what is held, tolerances, releases by two.",
    ),
    "backup": (
        "backup_cli:backup_log",
        "Write everything the log holds into a folder, while it goes on. No key is in it.",
    ),
    "restore": (
        "backup_cli:restore_log",
        "Lay a backup down in an empty database: checked, held against what was signed last, and replayed first.",
    ),
    "sequencer": (
        "database_cli:sequencer",
        "Append, seal and sign for any number of `tallystick serve --sequencer` processes.",
    ),
    "init": (
        "cli:init",
        "Make a new log: keys, genesis and the first block. Without a policy, no witness vouches for it.",
    ),
    "migrate": ("cli:migrate", "Bring the database schema up to date."),
    "serve": ("cli:serve", "Serve REST, resolver and pages; append and seal."),
    "worker": (
        "cli:worker",
        "Work off the outbox: side effects such as publishing the log's files.",
    ),
    "demo": (
        "cli:demo",
        "Play the whole story: from a signed scan to a paid certificate, verified.",
    ),
    "audit": (
        "auditing.cli:audit_log",
        "Go through a whole log and compare everything. Exit codes: 0 sound, 1 not sound, 2 could not, or not all of it.",
    ),
    "log": ("log_cli:cli", "Read the log, and verify its proofs."),
    "handle": ("handle_cli:cli", "Resolve handles, and look after them."),
    "resolver": (
        "resolving.resolver_cli:cli",
        "Run a resolver for handles that are kept elsewhere.",
    ),
    "device": (
        "devices.cli:cli",
        "Devices: invited, enrolled, approved, placed, calibrated, retired.",
    ),
    "organisation": (
        "organisation_cli:cli",
        "Organisations: applications, verification, papers, suspension, holds and quotas.",
    ),
    "incident": (
        "overseeing.incident_cli:cli",
        "Notices of incidents: what went wrong at a node, since when, and whom it concerns.",
    ),
    "drill": (
        "overseeing.drill_cli:drill",
        "Back the log up, restore it into a scratch place, audit it there, compare, and write a dated record.",
    ),
    "member": (
        "people.member_cli:cli",
        "People of an organisation: registered, given roles, suspended, gone.",
    ),
    "share": (
        "sharing.cli:cli",
        "What organisations let others read: disclosed, agreed, given to outsiders, ended.",
    ),
    "webhook": (
        "webhooks.cli:cli",
        "Addresses at which organisations are told of their entries: what was sent, again, stopped.",
    ),
    "pending": (
        "people.pending_cli:cli",
        "Acts of several persons: what was proposed, and the others' answers.",
    ),
    "grade": (
        "grading.cli:cli",
        "Classes and grades of data: the table, raised, lowered by two, permitted to leave.",
    ),
    "reads": (
        "reads.cli:cli",
        "The read log: who was let see what is not public, told daily, proven row by row.",
    ),
    "key": (
        "keys.cli:cli",
        "Keys of organisations, people and devices: valid when, replaced, recovered.",
    ),
    "name": (
        "naming.names_cli:cli",
        "Names of records: codes of other schemes, claimed, contested and resolved.",
    ),
    "link": ("link_cli:cli", "GS1 Digital Links: read, build, compress and check them."),
    "relation": (
        "naming.relations_cli:cli",
        "Relations between records: contains, split-from, merged-into, replaced-by, same-as.",
    ),
    "content": (
        "naming.content_cli:cli",
        "Digital things: drawings, processes, algorithms, data sets, by their digest.",
    ),
    "prefix": (
        "prefixes.cli:cli",
        "Prefixes as leases: delegated, suspended, handed on, moved to another log.",
    ),
    "mint": ("minting.cli:cli", "Mint identifiers: batches, ranges, many at once."),
    "witness": ("witness.cli:cli", "Run a witness for logs of others."),
    "mirror": ("mirror.cli:cli", "Run a mirror of somebody else's log."),
    "receipt": ("receipt_cli:cli", "Check receipts: what the log promised."),
    "evidence": (
        "evidence_cli:cli",
        "Prove to a stranger that a log broke its word, and verify such proof.",
    ),
    "governance": (
        "governance.cli:cli",
        "Change a log's policy, rule set or operator, by a quorum.",
    ),
    "bundle": ("bundle_cli:cli", "Make proofs in one file."),
    "anchor": ("anchor.cli:cli", "Anchor checkpoints on an EVM chain."),
    "erase": ("erase_cli:cli", "Destroy attachments, and see who has done so."),
    "keys": ("keys_cli:cli", "The master keys under which attachments are sealed."),
    "database": ("database_cli:cli", "The database: who may do what in it."),
    "certificate": (
        "certificate_cli:certificate",
        "Make a self-signed certificate: for trying TLS out, never for the public; or for a user of the Handle API.",
    ),
    "client": ("machines.cli:cli", "Programs of organisations, which get access tokens."),
    "request": (
        "machines.request_cli:request",
        "Send a request signed with a registered key (RFC 9421), and print the answer. Exit code 1: it was refused.",
    ),
    "credential": (
        "credentials.cli:cli",
        "Certificates of suppliers: issue, show field by field, verify.",
    ),
    "material": (
        "credentials.materials_cli:cli",
        "What is in a part or a lot: declare it, and roll up what others declared.",
    ),
    "tender": (
        "tenders.cli:cli",
        "Sealed bids: no rate is in the log before the deadline.",
    ),
    "payment": (
        "payments.cli:cli",
        "Payments of financings: sent, paid, arrived, come back, never paid.",
    ),
    "ordinary": (
        "ordinary.cli:cli",
        "Invoices paid in the ordinary way though a certificate stands for them.",
    ),
    "recourse": (
        "payments.recourse_cli:cli",
        "Recourse (追索) after a debtor's default.",
    ),
    "interest": (
        "interest.cli:cli",
        "Interest that the debtor bears (买方付息): agreed, owed, paid.",
    ),
    "insurance": (
        "insurance.cli:cli",
        "Trade credit insurance (贸易信用保险): covers, notices, claims.",
    ),
    "facility": (
        "advances.cli:cli",
        "Order financing (订单融资): advances that pay for materials.",
    ),
    "guarantee": (
        "guarantees.cli:cli",
        "Guarantees (电子保函): asked for, issued, amended, demanded, paid.",
    ),
    "limit": (
        "limits.cli:cli",
        "Limits by currency, of cores and groups by their node, of funders by themselves.",
    ),
    "books": (
        "books.cli:cli",
        "Files for an organisation's own books: journal lines, exposure and accruals.",
    ),
    "equality": (
        "equality.cli:equality",
        "Ledger, bank and register of a day side by side, and why they differ. Exit code 1: not all is explained.",
    ),
    "maturity": (
        "maturity.cli:cli",
        "What is due: days on which debtors pay, and one instruction for each holder and account.",
    ),
    "account": (
        "accounts.cli:cli",
        "Bank accounts of organisations: registered, proven, and changed by two officers.",
    ),
    "paper": (
        "papers.cli:cli",
        "Papers of a certificate (PDF/A): undertaking, assignment, notice, settlement.",
    ),
    "policy": (
        "policies.cli:cli",
        "Standing policies and conditions of issue of a core enterprise: two sign, one stops.",
    ),
    "calendar": (
        "calendars.cli:cli",
        "Calendars of business days: tables of years, proposed and approved by two persons of a node.",
    ),
    "statement": (
        "statements.cli:cli",
        "Statements (对账单): what was accepted and not yet billed, agreed line by line.",
    ),
    "subcontract": (
        "subcontracts.cli:cli",
        "Subcontract orders (委外加工): the buyer's material goes out, and only the fee is billed.",
    ),
    "reader": ("readers_cli:cli", "Give tokens to those who may read more than the public."),
}


class Lazy(TyperGroup):
    """Lists the table, and loads the command that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(str(name)) if command else None, rest


def load(name: str) -> Any:
    """The command or group of this name, with all that it imports."""
    module, _, member = commands[name][0].partition(":")
    found = getattr(import_module(f"tallystick.app.{module}"), member)
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    holder = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    # As one of several, so that a single command keeps its name in usage and errors.
    return typer.main.get_group(holder).commands[name]


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tallystick {version('tallystick')}")
        raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Print the version, and end."
        ),
    ] = False,
) -> None:
    """What holds for every command."""


def _listed() -> None:
    """Stands in the list for a command that is not loaded."""


# Without Rich, which would be most of the time that the list takes.
cli = typer.Typer(
    cls=Lazy,
    help=about,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.callback(help=about, no_args_is_help=True)(root)
for _name, (_, _help) in commands.items():
    cli.command(_name, help=_help, short_help=_help)(_listed)


def main() -> None:
    """Run the command; errors are a sentence with the next step, never a traceback.

    Until its modules are there nothing is looked through for cycles, and they never are: that was measured at a
    third of what a short command takes.
    """
    gc.disable()
    spoken(cli)


def spoken(run: Callable[[], Any]) -> None:
    """Run; say an error of ours as a sentence, and end with exit code 2."""
    try:
        run()
    except Exception as error:
        line = _sentence(error)
        if line is None:
            raise
        from rich.console import Console

        Console(stderr=True).print(line, highlight=False)
        sys.exit(could_not_exit)


def _sentence(error: Exception) -> str | None:
    """None for what is no error of ours. Whoever raised one has imported its class already."""
    from pydantic import ValidationError
    from rich.markup import escape

    from tallystick.ledger import TallystickError

    if isinstance(error, TallystickError):
        return f"[red]{error.code}[/red]: {escape(shown(error.diagnosis()))}"
    if not isinstance(error, ValidationError):
        return None
    if error.title != "Settings":
        return "\n".join(
            f"[red]input[/red]: {escape(shown(_place(wrong) or error.title))}: {escape(shown(wrong['msg']))}"
            for wrong in error.errors()
        )
    return "\n".join(
        f"[red]settings[/red]: TALLYSTICK_{'_'.join(map(str, wrong['loc'])).upper()}: {escape(shown(wrong['msg']))}"
        for wrong in error.errors()
    )


def _place(wrong: Any) -> str:
    return "/".join(map(str, wrong["loc"]))


def shown(text: str) -> str:
    """What others wrote, as a terminal may have it: what would move the cursor or turn the writing is spelled out."""
    return "".join(
        c if c.isprintable() or c in _blanks else c.encode("unicode_escape").decode() for c in text
    )


if __name__ == "__main__":
    main()
