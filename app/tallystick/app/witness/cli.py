"""`tallystick witness`: run a witness for other people's logs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.files import read_bytes
from tallystick.app.governance.files import epoch_proof_bytes_max, write_stopped
from tallystick.app.mirror.home import says_mirror
from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.ledger import EpochProof, Verifier, instant, mirror, witness

cli = typer.Typer(help="Run a witness for logs of others.", no_args_is_help=True)
console = Console()
lost_exit = 1


def _home() -> WitnessHome:
    return WitnessHome(Settings().folder)


@cli.command()
def init(
    name: Annotated[str, typer.Option(help="Its name for ever, such as witness.example/w1.")],
) -> None:
    """Make a witness: its key and its folder. Prints the verifier key for policies."""
    if says_mirror(name):
        raise mirror.NameSaysNothing(f"{name}, and this one would be a witness alone")
    home = _home()
    cosigner = home.create(name)
    console.print(cosigner.encode(), markup=False, soft_wrap=True, highlight=False)
    console.print(
        f"Its key is in {home.folder}: keep no copy that could sign elsewhere.", markup=False
    )


@cli.command("quorum-key")
def quorum_key() -> None:
    """Print the key line for quorum texts. The first time, make the BLS key: stop `serve` first."""
    home = _home()
    key = home.quorum_key() or home.make_quorum_key()
    console.print(key.public.encode(), soft_wrap=True, highlight=False)


@cli.command("add-log")
def add_log(
    log_key: Annotated[
        str, typer.Argument(help="The log's verifier key, from a source you trust.")
    ],
    another_key: Annotated[
        bool, typer.Option("--another-key", help="Also trust this key for a log it watches.")
    ] = False,
    epoch: Annotated[
        Path | None, typer.Option(help="The proof of the epoch that brought this key.")
    ] = None,
) -> None:
    """Watch a log; its origin is the name in the key. Stop `serve` first.

    With `--epoch` the proof must lead from the key known here to this one, and over what was cosigned here;
    earlier keys are stopped for ever.
    """
    verifier = Verifier.parse(log_key)
    if epoch is not None:
        _home().accept_epoch(verifier, EpochProof.parse(read_bytes(epoch, epoch_proof_bytes_max)))
        console.print(f"{verifier.name} goes on under its new key.", markup=False, highlight=False)
        return
    _home().add_log(verifier, another_key=another_key)
    console.print(f"Watching {verifier.name}.", markup=False, highlight=False)


@cli.command("stop-log")
def stop_log(
    origin: Annotated[str, typer.Argument(help="The log whose operator is lost.")],
    out: Annotated[Path, typer.Option(help="The statement, for whoever proposes the epoch.")],
) -> None:
    """Never again cosign under the key of this log, and say what was cosigned last. Stop `serve` first.

    It cannot be undone: the log goes on only under another key, by an epoch.
    """
    told = _home().stop_log(origin)
    write_stopped(out, told)
    console.print(
        f"Stopped {origin} for ever; the statement is in {out}.", markup=False, highlight=False
    )


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve `POST /add-checkpoint` (C2SP tlog-witness), `POST /sign-quorum` and the status page."""
    from tallystick.app.witness.serving import run

    settings = Settings()
    chosen = settings.witness_port if port is None else port
    run(WitnessHome(settings.folder), host or settings.host, chosen, settings)


@cli.command()
def status() -> None:
    """The witness's key, and the newest checkpoint of each log. Exit code 1 if a memory is lost."""
    home = _home()
    config, cosigner, lost = home.config(), home.cosigner(), False
    console.print(cosigner.encode(), markup=False, soft_wrap=True, highlight=False)
    table = Table(Column("log", overflow="fold"), "entries", "first cosigned", "forks", "memory")
    forked = False
    for origin in sorted(config.logs):
        forks = str(home.memory.evidence(origin))
        forked = forked or forks != "0"
        problem = home.lost(origin)
        if problem is not None:
            table.add_row(escape(origin), "", "", forks, f"[red]{problem.code}[/red]")
            lost = True
            continue
        newest = home.memory.load(origin)
        time_s = newest.time_s(cosigner)
        when = instant(time_s * 1000) if time_s else "never"
        stopped = config.logs[origin][-1] in config.stopped.get(origin, {})
        state = "[red]stopped for ever[/red]" if stopped else "there"
        table.add_row(escape(origin), f"{newest.checkpoint.size:,}", when, forks, state)
    console.print(table)
    if forked:
        said = f"Evidence of forks is in {home.folder / 'evidence'}: `tallystick evidence verify FILE`."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if lost:
        console.print(witness.StateLost.advice, highlight=False, soft_wrap=True)
        sys.exit(lost_exit)


@cli.command()
def restart(
    origin: Annotated[str, typer.Argument(help="The log whose memory is lost.")],
    size: Annotated[int, typer.Option(min=1, help="Size of the checkpoint, typed by you.")],
    checkpoint: Annotated[Path, typer.Option(help="The newest one this witness cosigned.")],
    not_cosigned: Annotated[
        bool, typer.Option("--not-cosigned", help="Take it without this witness's cosignature.")
    ] = False,
) -> None:
    """Start again by hand after a loss. What was cosigned above this checkpoint is forgotten."""
    data = read_bytes(checkpoint)
    _home().restart(origin, size, data, not_cosigned=not_cosigned)
    console.print(f"{origin} goes on from {size:,} entries.", markup=False, highlight=False)
