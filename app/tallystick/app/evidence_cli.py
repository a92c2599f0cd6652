"""`tallystick evidence verify`: does a file prove what it says? And who must be believed?"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app import evidence_make_cli, evidencing
from tallystick.app.files import read_bytes
from tallystick.app.settings import Settings
from tallystick.ledger import (
    NotSound,
    TallystickError,
    Verifier,
    evidence,
    promise,
    simulated_suffix,
    witness,
)

cli = typer.Typer(
    help="Prove to a stranger that a log broke its word, and verify such proof.",
    no_args_is_help=True,
)
cli.add_typer(evidence_make_cli.cli, name="make")
console = Console()
not_verified_exit, statement_exit = 1, 3
simulated = (
    "The log is simulated: clock or parties are played, and it proves nothing between firms."
)
Keys = list[str] | None


class LogKeyNeeded(TallystickError):
    code = "evidence-log-key-needed"
    status = 400
    title = "Evidence about a log is worth what you know of its key"
    advice = "Give --log-key, or --genesis with entry 0 of the log, as you got it by another way."


def hint(finding: NotSound) -> str:
    """What to do with a finding of an audit that others should know of; empty if it concerns this copy."""
    if finding.index is not None:
        return (
            "If the log itself is wrong, `tallystick evidence make rule` writes it down for others; if only "
            "this copy is damaged, it says so."
        )
    if "root at size" in finding.what:
        return (
            "`tallystick evidence make checkpoints` makes one file of it for others, from the checkpoint that "
            "you kept and the newest one of this log."
        )
    return ""


@cli.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The evidence file.")],
    log_key: Annotated[
        Keys, typer.Option(help="The log's verifier key, as you pinned it; may be repeated.")
    ] = None,
    genesis: Annotated[
        Path | None, typer.Option(help="Or entry 0 of the log (`/v1/entries/0`), as you kept it.")
    ] = None,
    witness_key: Annotated[Keys, typer.Option(help="A witness that you know.")] = None,
    mirror_key: Annotated[Keys, typer.Option(help="A mirror that you believe.")] = None,
    auditor_key: Annotated[Keys, typer.Option(help="An auditor that you believe.")] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Also look into this machine's copy of the log.")
    ] = False,
    export_folder: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Also look into this export of the log."),
    ] = None,
) -> None:
    """Verify an evidence file. Exit codes: 0 proven, 1 not verified, 2 could not, 3 only somebody's word."""
    known = [Verifier.parse(key) for key in log_key or ()]
    if genesis is not None:
        known.append(evidence.log_key_of(promise.read_document(read_bytes(genesis))))
    witnesses = [witness.Cosigner.parse(key) for key in witness_key or ()]
    mirrors = [Verifier.parse(key) for key in mirror_key or ()]
    auditors = [Verifier.parse(key) for key in auditor_key or ()]
    data = read_bytes(file, evidence.evidence_bytes_max)
    try:
        found = evidence.read_evidence(data)
    except TallystickError as error:
        _not_verified(error)
    if not known:
        raise LogKeyNeeded(f"it is about {found.origin}")
    trust = evidence.Trust(known, witnesses, mirrors, auditors)
    with ExitStack() as stack:
        if store or export_folder:
            held = stack.enter_context(evidencing.held_log(Settings(), export_folder))
            trust = replace(trust, store=held)
        try:
            verdict = found.verify(trust)
        except TallystickError as error:
            _not_verified(error)
    _tell(verdict)


def _tell(verdict: evidence.Verdict) -> None:
    mark = "[yellow]SAID, NOT PROVEN[/yellow]" if verdict.rests_on else "[green]PROVEN[/green]"
    _say(f"{mark} {escape(f'{verdict.kind}, {verdict.origin}')}")
    _say(escape(f"It proves: {verdict.proves}"))
    _say(escape(f"It does not prove: {verdict.proves_not}"))
    if verdict.origin.endswith(simulated_suffix):
        _say(simulated)
    if verdict.rests_on:
        _say(escape(f"It rests on the word of: {verdict.rests_on}."))
        sys.exit(statement_exit)


def _not_verified(error: TallystickError) -> NoReturn:
    _say(f"[red]NOT VERIFIED[/red] {error.code}: {escape(error.diagnosis())}")
    sys.exit(not_verified_exit)


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
