"""All commands of `tallystick` in one tree; `main.py` runs them, and lists each that is added here."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app import (
    backup_cli,
    bundle_cli,
    certificate_cli,
    database_cli,
    erase_cli,
    evidence_cli,
    handle_cli,
    keys_cli,
    link_cli,
    log_cli,
    organisation_cli,
    readers_cli,
    receipt_cli,
    scan_cli,
)
from tallystick.app.accounts import cli as account_cli
from tallystick.app.advances import cli as facility_cli
from tallystick.app.anchor import cli as anchor_cli
from tallystick.app.auditing import cli as auditing_cli
from tallystick.app.books import cli as books_cli
from tallystick.app.bootstrap import NewLog, Node, no_quorum_policy
from tallystick.app.calendars import cli as calendar_cli
from tallystick.app.credentials import cli as credential_cli
from tallystick.app.credentials import materials_cli
from tallystick.app.devices import cli as device_cli
from tallystick.app.documents import cli as documents_cli
from tallystick.app.equality import cli as equality_cli
from tallystick.app.files import read_text
from tallystick.app.governance import cli as governance_cli
from tallystick.app.governance.files import read_key
from tallystick.app.grading import cli as grading_cli
from tallystick.app.guarantees import cli as guarantee_cli
from tallystick.app.imports import cli as import_cli
from tallystick.app.insurance import cli as insurance_cli
from tallystick.app.interest import cli as interest_cli
from tallystick.app.keys import cli as key_commands
from tallystick.app.keys.suites import more_suites
from tallystick.app.limits import cli as limit_cli
from tallystick.app.log_files_cli import quorum_said
from tallystick.app.machines import cli as machines_cli
from tallystick.app.machines import request_cli
from tallystick.app.main import about, root, spoken
from tallystick.app.matching import cli as matching_cli
from tallystick.app.maturity import cli as maturity_cli
from tallystick.app.minting import cli as minting_cli
from tallystick.app.mirror import cli as mirror_cli
from tallystick.app.naming import content_cli, names_cli, relations_cli
from tallystick.app.ordinary import cli as ordinary_cli
from tallystick.app.overseeing import drill_cli, incident_cli
from tallystick.app.papers import cli as paper_cli
from tallystick.app.payments import cli as payment_cli
from tallystick.app.payments import recourse_cli
from tallystick.app.people import member_cli, pending_cli
from tallystick.app.policies import cli as policy_cli
from tallystick.app.prefixes import cli as prefix_cli
from tallystick.app.reads import cli as reads_cli
from tallystick.app.resolving import resolver_cli
from tallystick.app.settings import Settings
from tallystick.app.sharing import cli as sharing_cli
from tallystick.app.statements import cli as statement_cli
from tallystick.app.subcontracts import cli as subcontract_cli
from tallystick.app.tenders import cli as tender_cli
from tallystick.app.webhooks import cli as webhook_cli
from tallystick.app.witness import cli as witness_cli
from tallystick.identity import new_organisation_handle
from tallystick.ledger import (
    TallystickError,
    bls,
    log_verifier,
    suites,
    witness,
)

cli = typer.Typer(help=about, no_args_is_help=True, pretty_exceptions_enable=False)
cli.callback(help=about, no_args_is_help=True)(root)
cli.add_typer(log_cli.cli, name="log")
cli.add_typer(handle_cli.cli, name="handle")
cli.add_typer(resolver_cli.cli, name="resolver")
cli.add_typer(device_cli.cli, name="device")
cli.add_typer(organisation_cli.cli, name="organisation")
cli.add_typer(incident_cli.cli, name="incident")
cli.command("drill")(drill_cli.drill)
cli.add_typer(member_cli.cli, name="member")
cli.add_typer(sharing_cli.cli, name="share")
cli.add_typer(webhook_cli.cli, name="webhook")
cli.add_typer(pending_cli.cli, name="pending")
cli.add_typer(grading_cli.cli, name="grade")
cli.add_typer(reads_cli.cli, name="reads")
cli.add_typer(key_commands.cli, name="key")
cli.add_typer(names_cli.cli, name="name")
cli.add_typer(link_cli.cli, name="link")
cli.add_typer(relations_cli.cli, name="relation")
cli.add_typer(content_cli.cli, name="content")
cli.add_typer(prefix_cli.cli, name="prefix")
cli.add_typer(minting_cli.cli, name="mint")
cli.add_typer(witness_cli.cli, name="witness")
cli.add_typer(mirror_cli.cli, name="mirror")
cli.add_typer(receipt_cli.cli, name="receipt")
cli.add_typer(evidence_cli.cli, name="evidence")
cli.add_typer(governance_cli.cli, name="governance")
cli.add_typer(bundle_cli.cli, name="bundle")
cli.add_typer(anchor_cli.cli, name="anchor")
cli.command("verify")(bundle_cli.verify)
cli.command("certificate")(certificate_cli.certificate)
cli.add_typer(machines_cli.cli, name="client")
cli.command("request")(request_cli.request)
cli.add_typer(credential_cli.cli, name="credential")
cli.add_typer(materials_cli.cli, name="material")
cli.add_typer(account_cli.cli, name="account")
cli.add_typer(paper_cli.cli, name="paper")
cli.add_typer(policy_cli.cli, name="policy")
cli.add_typer(tender_cli.cli, name="tender")
cli.add_typer(payment_cli.cli, name="payment")
cli.add_typer(recourse_cli.cli, name="recourse")
cli.add_typer(ordinary_cli.cli, name="ordinary")
cli.add_typer(payment_cli.cli, name="payment")
cli.add_typer(recourse_cli.cli, name="recourse")
cli.add_typer(ordinary_cli.cli, name="ordinary")
cli.add_typer(interest_cli.cli, name="interest")
cli.add_typer(guarantee_cli.cli, name="guarantee")
cli.add_typer(insurance_cli.cli, name="insurance")
cli.add_typer(limit_cli.cli, name="limit")
cli.add_typer(maturity_cli.cli, name="maturity")
cli.add_typer(books_cli.cli, name="books")
cli.command("equality")(equality_cli.equality)
cli.add_typer(facility_cli.cli, name="facility")
cli.add_typer(calendar_cli.cli, name="calendar")
cli.add_typer(statement_cli.cli, name="statement")
cli.add_typer(subcontract_cli.cli, name="subcontract")
cli.add_typer(readers_cli.cli, name="reader")
cli.add_typer(database_cli.cli, name="database")
cli.command("sequencer")(database_cli.sequencer)
cli.add_typer(erase_cli.cli, name="erase")
cli.add_typer(keys_cli.cli, name="keys")
cli.command("label")(scan_cli.label)
cli.command("decode")(scan_cli.decode)
cli.command("import")(import_cli.import_file)
cli.add_typer(documents_cli.cli, name="document")
cli.add_typer(matching_cli.cli, name="match")
backup_cli.add(cli)
cli.command("audit")(auditing_cli.audit_log)

console = Console()
errors = Console(stderr=True)


def main() -> None:
    """As `tallystick`, with every command loaded."""
    spoken(cli)


class UngovernedLog(TallystickError):
    code = "log-ungoverned"
    status = 400
    title = "A policy without governance keys could never be changed, and a lost operator never replaced"
    advice = (
        "Let each witness's operator run `tallystick governance key` for the origin you choose, and give "
        "the public halves by --governance; or say --ungoverned."
    )


@cli.command()
def init(
    origin: Annotated[str, typer.Option(help="Name of the log in its checkpoints.")] = "",
    root_prefix: Annotated[str, typer.Option(help="Root prefix of its handles.")] = "99",
    policy: Annotated[
        Path | None,
        typer.Option(help="Its witnesses and their quorum (C2SP tlog-policy), from genesis on."),
    ] = None,
    governor: Annotated[
        list[Path] | None,
        typer.Option(
            "--governance", help="Public half of a witness's governance key; repeat for each."
        ),
    ] = None,
    quorum: Annotated[
        Path | None,
        typer.Option(help="Who signs quorum certificates (`tallystick log quorum make`)."),
    ] = None,
    ungoverned: Annotated[
        bool,
        typer.Option(
            "--ungoverned", help="Witnesses, but no governance: nothing can ever be changed."
        ),
    ] = False,
    suite: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SUITE", help="Also admit keys of this suite: sm2-sm3, where OpenSSL has it."
        ),
    ] = None,
) -> None:
    """Make a new log: keys, genesis and the first block. Without a policy, no witness vouches for it."""
    text = read_text(policy) if policy else no_quorum_policy
    signers = bls.Registered.from_file(read_text(quorum)) if quorum else None
    governors = tuple(read_key(path).key for path in governor or ())
    read = witness.Policy.parse(text)
    read.require_of_log(set())
    if not governors and not ungoverned and not read.is_none:
        raise UngovernedLog
    node = Node.at(Settings())
    name = origin or f"tallystick.local/{secrets.token_hex(4)}"
    root = new_organisation_handle(root_prefix)
    log = root.replace("/O-", "/L-")
    node.create(
        NewLog(
            name,
            log,
            root,
            {"en": "Root authority", "zh": "根机构"},
            policy=text,
            quorum=signers,
            governors=governors or None,
            suites=(*suites, *more_suites(suite)),
        )
    )
    console.print(f"A new log [bold]{escape(name)}[/bold] in {node.store.engine.url!r}")
    console.print(f"Its keys are in {node.settings.folder / 'keys'}: keep a copy in a safe place.")
    console.print(quorum_said(read), markup=False, highlight=False, soft_wrap=True)
    if not read.is_none:
        console.print("Give the log's key to their operators, for `tallystick witness add-log`:")
        with node.reader.open() as snapshot:
            vkey = log_verifier(snapshot.view).encode()
        console.print(vkey, markup=False, highlight=False, soft_wrap=True)


@cli.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    node = Node.at(Settings())
    node.store.migrate()
    for role in node.store.granted():
        node.store.grant(role)
    console.print("The schema is up to date.")


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    worker: Annotated[bool, typer.Option(help="Also start the outbox worker.")] = True,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Take in nothing: no key of the log is needed.")
    ] = False,
    sequencer: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Hand entries to `tallystick sequencer` there (path of its socket, https://HOST:PORT, or http://HOST:PORT in clear) "
            "and append nothing: any number of such processes may run, without a key of the log.",
        ),
    ] = "",
) -> None:
    """Serve REST, resolver and pages; append and seal."""
    from tallystick.app.handover import Address
    from tallystick.app.serving import run

    settings = Settings()
    run(
        Node.at(settings),
        host or settings.host,
        port or settings.port,
        worker=worker,
        read_only=read_only,
        sequencer=Address.parse(sequencer) if sequencer else None,
    )


@cli.command()
def worker(
    while_input: Annotated[
        bool, typer.Option("--while-input", help="End when standard input is closed.")
    ] = False,
) -> None:
    """Work off the outbox: side effects such as publishing the log's files."""
    from tallystick.app.worker import start

    start(Settings(), while_input=while_input)


@cli.command()
def demo(
    serve_pages: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages at the end.")
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Delete an earlier demo store and play from the start.")
    ] = False,
) -> None:
    """Play the whole story: from a signed scan to a paid certificate, verified."""
    from tallystick.app.demo.command import run

    run(Settings(), console, serve_pages=serve_pages, again=again)


if __name__ == "__main__":
    main()
