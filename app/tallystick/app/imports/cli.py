"""`tallystick import`: a company's own files into the ledger."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.documents.cli import put_all
from tallystick.app.documents.resolving import Hints
from tallystick.app.imports.documents_only import DocumentsOnly
from tallystick.app.imports.errors import RowError, write_errors
from tallystick.app.imports.files.table import open_table
from tallystick.app.imports.guess import guess as guess_map
from tallystick.app.imports.later import read_later
from tallystick.app.imports.lenders import Lenders, Lent
from tallystick.app.imports.mapping import Mapping, load_mapping, open_mapped, shipped_maps
from tallystick.app.imports.parties import Cast, derived_key, root_prefix
from tallystick.app.imports.pens import Pens
from tallystick.app.imports.plan import Held, Plan
from tallystick.app.imports.simulation import Played, Simulation
from tallystick.app.imports.trade import Trade, read_trade
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.finance import format_amount
from tallystick.ledger import NoLog, PublicKey, SetClock, TallystickError, simulated_suffix

console = Console()
simulated_origin = f"tallystick.example/import{simulated_suffix}"
simulated_root = f"{root_prefix}/O-SIMROOT000000"
simulated_log = f"{root_prefix}/L-SIMLOG0000000"
simulated_start = "2000-01-01T00:00:00.000Z"
shown_errors_max = 5


class NotSimulated(TallystickError):
    code = "not-simulated"
    status = 409
    title = "Only a simulated store lets an import play the parties"
    advice = "Use a TALLYSTICK_HOME and database of its own for the simulation."


class NotTheImportsOwn(TallystickError):
    code = "simulation-not-the-imports-own"
    status = 409
    title = "The simulated store has another root than the one an import plays"
    advice = "Give the simulation a TALLYSTICK_HOME and database of its own; it founds its log by itself."


class ImporterMissing(TallystickError):
    code = "importer-missing"
    status = 400
    title = "Say which company imports"
    advice = "Give its handle with --as; `tallystick organisation add` registers one."


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    plan: Plan
    pens: Pens
    played: Played | None
    lent: Lent | None = None


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV or Excel file.")],
    map_file: Annotated[
        str, typer.Option("--map", help=f"A map (TOML), or one of: {', '.join(shipped_maps())}.")
    ] = "",
    importer: Annotated[str, typer.Option("--as", help="Handle of the importing company.")] = "",
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Play all parties, in a simulated store only.")
    ] = False,
    bids: Annotated[
        bool,
        typer.Option(
            "--bids", help="With --simulate: two banks bid for each certificate, under limits."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")
    ] = False,
    guess: Annotated[
        bool, typer.Option("--guess", help="Print a proposed map for this file and stop.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Where to write rows that could not be read (CSV).")
    ] = None,
) -> None:
    """Take in a company's own file: orders to invoices, or their changes, cancellations, credit notes, uses.

    Run twice, nothing is added. Rows that cannot be read are named, with line, column, value and reason.
    """
    if bids and not simulate:
        raise typer.BadParameter("banks bid in a simulation alone", param_hint="--bids")
    if guess:
        sys.stdout.write(guess_map(open_table(file)))
        return
    if not map_file:
        raise typer.BadParameter("--map is needed (or --guess)", param_hint="--map")
    began_ns = time.monotonic_ns()
    mapping = load_mapping(Path(map_file))
    if mapping.later is not None:
        if simulate:
            raise typer.BadParameter(f"{mapping.later} are not played", param_hint="--simulate")
        _take_later(file, mapping, importer, errors, dry_run=dry_run)
        return
    trade = _read(file, mapping)
    _print_trade(trade, mapping)
    _print_errors(
        trade.errors, errors or file.with_name(f"{file.stem}.errors.csv"), given=bool(errors)
    )
    if dry_run:
        console.print("[bold]Dry run[/bold]: nothing was written.")
        return
    settings = Settings()
    node = Node.at(settings)
    done = _simulate(node, trade, bids=bids) if simulate else _documents(node, trade, importer)
    _print_done(done, trade, began_ns)
    if done.pens.refused:
        sys.exit(1)


def _take_later(
    file: Path, mapping: Mapping, importer: str, errors: Path | None, *, dry_run: bool
) -> None:
    """What lacks something waits with the documents that came in other forms."""
    if not importer:
        raise ImporterMissing("no --as was given")
    with progress("reading") as tick:
        read = read_later(
            open_mapped(file, mapping), mapping, importer, lambda rows: tick(rows, rows)
        )
    table = Table("read from the file", "", title=mapping.title)
    table.add_row("rows", f"{read.rows:,}")
    table.add_row(str(mapping.later), f"{len(read.documents):,}")
    console.print(table)
    path = errors or file.with_name(f"{file.stem}.errors.csv")
    _print_errors(read.errors, path, given=bool(errors))
    if dry_run:
        console.print("[bold]Dry run[/bold]: nothing was written.")
        return
    whole = [(one.name, one.data) for one in read.documents]
    put_all(importer, whole, len(whole), Hints())


def _read(file: Path, mapping: Mapping) -> Trade:
    table = open_mapped(file, mapping)
    with progress("reading") as tick:
        return read_trade(table, mapping, lambda rows: tick(rows, rows))


def _simulate(node: Node, trade: Trade, *, bids: bool) -> Imported:
    clock = SetClock(simulated_start)
    try:
        origin = str(node.genesis()["origin"])
    except NoLog:
        name = {"en": "Simulation", "zh": "模拟"}
        new = NewLog(
            simulated_origin,
            simulated_log,
            simulated_root,
            name,
            lambda reference: derived_key(reference).private,
        )
        node.create(new, clock)
        origin = simulated_origin
    if not origin.endswith(simulated_suffix):
        raise NotSimulated(origin)
    _require_own_root(node)
    with node.writer(clock) as ledger:
        pens = Pens(ledger, node.reader, derived_key, ledger.random)
        cast = Cast(simulated_root, lends=bids)
        lenders = Lenders(cast, pens, clock) if bids else None
        simulation = Simulation(trade, cast, pens, clock, lenders=lenders)
        with progress("playing") as tick:
            plan = simulation.run(tick)
    return Imported(plan, pens, simulation.played, lenders.lent if lenders else None)


def _require_own_root(node: Node) -> None:
    """The import signs as the root, so that it must be the root that imports play."""
    genesis = node.genesis()
    named = PublicKey.from_jwk(genesis["root_key"]["jwk"])
    played = derived_key(f"300:{simulated_root}").private.public
    if genesis["root"] != simulated_root or named != played:
        raise NotTheImportsOwn(f"{genesis['origin']} has the root {genesis['root']}")


def _documents(node: Node, trade: Trade, importer: str) -> Imported:
    node.genesis()
    if not importer:
        raise ImporterMissing("no --as was given")
    with node.writer() as ledger:
        pens = Pens(ledger, node.reader, node.keys.get, ledger.random)
        with progress("importing") as tick:
            plan = DocumentsOnly(trade, importer, pens).run(tick)
    return Imported(plan, pens, None)


def _print_trade(trade: Trade, mapping: Mapping) -> None:
    table = Table("read from the file", "", title=mapping.title)
    table.add_row("rows", f"{trade.rows:,}")
    table.add_row("rows taken in", f"{trade.taken:,}")
    for name in ("orders", "despatches", "deliveries", "invoices"):
        table.add_row(name, f"{len(getattr(trade, name)):,}")
    currency = _currency(trade)
    said = format_amount(trade.value, currency)
    table.add_row("sum of line values", f"{currency} {said}")
    console.print(table)
    for note in mapping.notes:
        console.print(f"[dim]{note}[/dim]")
    for derived, rule in mapping.derive.items():
        console.print(f"[dim]derived {derived}: {rule.note}[/dim]")


def _print_errors(errors: tuple[RowError, ...], path: Path, *, given: bool) -> None:
    if errors or given:
        write_errors(path, errors)
    if not errors:
        return
    for error in errors[:shown_errors_max]:
        console.print(
            f"[red]line {error.line}[/red] {error.column}: {error.value!r}: {error.reason}"
        )
    console.print(f"{len(errors):,} errors are in {path}")


def _print_done(done: Imported, trade: Trade, began_ns: int) -> None:
    took_ms = (time.monotonic_ns() - began_ns) // 1_000_000
    table = Table("written to the ledger", "")
    table.add_row("entries added", f"{done.pens.added:,}")
    table.add_row("entries known already", f"{done.pens.known:,}")
    table.add_row("documents held back", f"{len(done.plan.held):,}")
    table.add_row("entries refused", f"{len(done.pens.refused):,}")
    if done.played is not None:
        currency = _currency(trade)
        table.add_row("confirmed", f"{currency} {format_amount(done.played.confirmed, currency)}")
        table.add_row("lines worth nothing, documents only", str(done.played.worthless_lines))
    if done.lent is not None:
        currency = _currency(trade)
        table.add_row("certificates financed", f"{done.lent.certificates:,}")
        table.add_row("too near their due date for a tender", f"{done.lent.too_near:,}")
        table.add_row("principal", f"{currency} {format_amount(done.lent.principal, currency)}")
        for bank, amount in sorted(done.lent.by_bank.items()):
            table.add_row(f"of which {bank}", f"{currency} {format_amount(amount, currency)}")
        table.add_row("paid for it", f"{currency} {format_amount(done.lent.net, currency)}")
    table.add_row("time", f"{took_ms / 1000:.1f} s")
    table.add_row("rows per second", f"{trade.rows * 1000 // max(took_ms, 1):,}")
    table.add_row("peak memory", f"{_peak_mib():,} MiB")
    console.print(table)
    _print_held(done.plan.held)
    for want, answer in done.pens.refused[:shown_errors_max]:
        problem = answer.problem or answer.refusal
        console.print(f"[red]{want.type}[/red] {problem.diagnosis() if problem else answer.code}")


def _currency(trade: Trade) -> str:
    told = {order.currency for order in trade.orders} | {i.currency for i in trade.invoices}
    return min(told, default="CNY")


def _print_held(held: tuple[Held, ...]) -> None:
    for document in held[:shown_errors_max]:
        console.print(f"[yellow]{document.kind} {document.number}[/yellow]: {document.reason}")


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
