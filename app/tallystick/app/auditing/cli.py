"""`tallystick audit`: over a database, an export or a served log; with a report for people and for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app import evidence_cli, log_export_cli
from tallystick.app.addresses import http_address
from tallystick.app.anchor.checking import check_kept
from tallystick.app.auditing.limits import check_insured, check_limits
from tallystick.app.auditing.page import as_json, as_page
from tallystick.app.auditing.report import Asked, Report
from tallystick.app.auditing.show import shown
from tallystick.app.bootstrap import Node, admit, rule_set
from tallystick.app.devices.audited import told_of
from tallystick.app.files import read_text, write_file
from tallystick.app.progress import progress
from tallystick.app.reads.telling import check_days
from tallystick.app.settings import Settings
from tallystick.ledger import (
    Audited,
    Checker,
    NotSound,
    SystemClock,
    TallystickError,
    Verifier,
    audit,
    auditing,
    export,
    instant,
    mirror,
)

not_sound_exit, not_checked_exit, interrupted_exit = 1, 2, 130
console = Console()
errors = Console(stderr=True)


class AuditOneSource(TallystickError):
    code = "audit-one-source"
    status = 400
    title = "An audit looks at one log: a database, an export or a served one"
    advice = "Give --export or --url, or neither for the database of this node."


class AuditNoAnchors(TallystickError):
    code = "audit-no-anchors"
    status = 400
    title = "An export or a served log holds no anchors of its own"
    advice = "Give --rpc where the store is; a stranger checks anchor.json of a bundle."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was given on the command line."""

    checkpoint: str | None
    verifier: Verifier | None
    export_folder: Path | None
    url: str
    token: str
    state: Path | None
    ruled: bool
    processes: int
    rpc: tuple[str, ...] = ()


def audit_log(
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint kept elsewhere, which the log must extend.")
    ] = None,
    log_key: Annotated[
        str, typer.Option(help="The log's verifier key (C2SP vkey) as you pinned it.")
    ] = "",
    export_folder: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Audit this full export, without a store."),
    ] = None,
    url: Annotated[
        str, typer.Option(help="Audit the log that is served at this address, without a store.")
    ] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(help="With --url: the token that `tallystick reader add` printed there."),
    ] = None,
    rules: Annotated[
        bool,
        typer.Option("--rules/--no-rules", help="Execute the rules again; or signatures alone."),
    ] = True,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep what was gone through: broken off, or when the log has grown, it goes on.",
        ),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Delete the state file, and read everything.")
    ] = False,
    processes: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=256,
            help="Processes beside the one that judges; as many as cores if not said.",
        ),
    ] = None,
    rpc: Annotated[
        list[str] | None,
        typer.Option(
            help="Also compare the anchors with the chain, as this RPC server tells of it."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page for people.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write it for programs.")
    ] = None,
) -> None:
    """Go through a whole log and compare everything. Exit codes: 0 sound, 1 not sound, 2 could not, or not all of it."""
    if (export_folder is not None and url) or (token_file is not None and not url):
        raise AuditOneSource
    if url:
        http_address(url)
    if rpc and (export_folder is not None or url):
        raise AuditNoAnchors
    if from_start and state is not None:
        for stale in (state, Path(f"{state}-wal"), Path(f"{state}-shm")):
            stale.unlink(missing_ok=True)
    wanted = Wanted(
        read_text(checkpoint) if checkpoint else None,
        Verifier.parse(log_key) if log_key else None,
        export_folder,
        url,
        read_text(token_file).strip() if token_file else "",
        state,
        rules,
        _processes() if processes is None else processes,
        tuple(rpc or ()),
    )
    report = _report(wanted)
    if page is not None:
        write_file(page, as_page(report))
    if json_file is not None:
        write_file(json_file, as_json(report))
    finding = report.finding
    if finding is not None:
        errors.print("[red]NOT SOUND[/red]", escape(finding.detail), highlight=False)
        if report.hint:
            errors.print(report.hint, highlight=False, soft_wrap=True)
        sys.exit(not_sound_exit)
    console.print(shown(report))
    _say_unchecked(report)
    if not log_key and (export_folder or url):
        console.print(log_export_cli.unpinned)
    if report.verdict == "not checked":
        sys.exit(not_checked_exit)


def _say_unchecked(report: Report) -> None:
    """The entries of which nothing can be said, each by its index."""
    if report.audited is None or not report.audited.unchecked:
        return
    entries = ", ".join(map(str, report.audited.unchecked))
    suites = ", ".join(report.unknown_suites)
    errors.print("[red]NOT CHECKED[/red]", f"{suites}: entries {entries}", highlight=False)
    if report.audited.since:
        errors.print("Some by an earlier run: with what was lacking, audit with --from-start.")


def _processes() -> int:
    """One for each core, unless the node's setting says another number."""
    told = Settings().verify_processes
    return auditing.Crew.processes_sensible() if told < 0 else told


def _report(wanted: Wanted) -> Report:
    """Run it; an interruption says where it goes on."""
    node = Node.at(Settings()) if wanted.export_folder or wanted.url else Node.existing(Settings())
    began = instant(SystemClock().now_ms())
    began_ns = time.monotonic_ns()
    audited: Audited | None = None
    finding, hint = None, ""
    try:
        with _crew(wanted) as crew:
            audited = _audit(node, wanted, crew)
        _audit_anchors(node, wanted.rpc)
        if not (wanted.export_folder or wanted.url):
            check_days(node)
            check_limits(node)
            check_insured(node)
    except NotSound as error:
        finding, hint = error, _hint(error, wanted)
    except KeyboardInterrupt:
        _interrupted(wanted)
    took_ms = (time.monotonic_ns() - began_ns) // 1_000_000
    unknown = () if audited is None else audited.unknown_suites
    here = audited is not None and not (wanted.export_folder or wanted.url)
    told = tuple(told_of(node)) if here else ()
    return Report(_asked(node, wanted), began, took_ms, audited, finding, hint, unknown, told)


def _audit(node: Node, wanted: Wanted, crew: auditing.Crew) -> Audited:
    checker = Checker(0, admit)
    held = auditing.Held(None, wanted.checkpoint, wanted.verifier)
    with progress("audit") as tick:
        if wanted.url:
            with httpx.Client(trust_env=False) as http:
                server = mirror.Operator(wanted.url, wanted.token, http)
                return auditing.audit_served(
                    server, node.rules, node.directory, checker, held,
                    progress=tick, crew=crew, state=wanted.state, ruled=wanted.ruled,
                )  # fmt: skip
        if wanted.export_folder:
            return export.audit_export(
                export.Export(wanted.export_folder, wanted.verifier),
                node.rules, node.directory, checker, pinned=wanted.checkpoint,
                progress=tick, crew=crew, state=wanted.state, ruled=wanted.ruled,
            )  # fmt: skip
        return audit(
            node.store, node.rules, node.directory, checker, memory=node.memory(),
            pinned=wanted.checkpoint, verifier=wanted.verifier,
            progress=tick, crew=crew, state=wanted.state, ruled=wanted.ruled,
        )  # fmt: skip


def _audit_anchors(node: Node, rpc: tuple[str, ...]) -> None:
    """Raises `NotSound` at the first anchor that the chain contradicts."""
    for row, problem in check_kept(node, rpc) if rpc else ():
        if problem is not None:
            what = f"anchor of size {row.size} on chain {row.chain}"
            raise NotSound(what, "what the store says", problem.diagnosis())


@contextmanager
def _crew(wanted: Wanted) -> Iterator[auditing.Crew]:
    crew = auditing.Crew(wanted.processes, admit, rule_set)
    try:
        yield crew
    finally:
        crew.close()


def _asked(node: Node, wanted: Wanted) -> Asked:
    given = bool(wanted.verifier), wanted.checkpoint is not None
    if wanted.url:
        return Asked("served", wanted.url, wanted.ruled, *given, False, wanted.processes)
    if wanted.export_folder:
        place = str(wanted.export_folder)
        return Asked("export", place, wanted.ruled, *given, False, wanted.processes)
    place = node.store.engine.url.render_as_string(hide_password=True)
    memory = node.memory().load()[0] > 0
    return Asked("database", place, wanted.ruled, *given, memory, wanted.processes)


def _hint(finding: NotSound, wanted: Wanted) -> str:
    said = evidence_cli.hint(finding)
    if wanted.state is None:
        return said
    rest = f"It rests on {wanted.state}: audit again with --from-start before you accuse anybody."
    return f"{rest} {said}".strip()


def _interrupted(wanted: Wanted) -> None:
    if wanted.state is None:
        errors.print("Broken off. With --state FILE the next audit would go on from here.")
    else:
        errors.print(f"Broken off. The same command goes on: {wanted.state} keeps where it was.")
    sys.exit(interrupted_exit)
