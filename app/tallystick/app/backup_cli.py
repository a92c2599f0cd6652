"""`tallystick backup` and `restore`: the whole database as a folder, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app import log_export_cli, starting
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_text
from tallystick.app.log_state_cli import kept_claims
from tallystick.app.minting.backing import LeavesInBackup, kept
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.ledger import (
    NotSound,
    Store,
    SystemClock,
    Verifier,
    apply_erasures,
    backup,
    erasure,
    instant,
    start,
)

console = Console()
errors = Console(stderr=True)
not_sound_exit = 1
nobody_vouches = (
    "Nobody vouches that this backup is the newest: there is no signer's memory here, no witness showed a "
    "checkpoint, and no --checkpoint was given."
)


def add(cli: typer.Typer) -> None:
    """Add the commands to `tallystick`."""
    cli.command("backup")(backup_log)
    cli.command("restore")(restore_log)


def backup_log(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")
    ],
) -> None:
    """Write everything the log holds into a folder, while it goes on. No key is in it.

    The same form for SQLite and PostgreSQL: what is backed up from one restores into the other.
    """
    node = Node.existing(Settings())
    made, leaves = instant(SystemClock().now_ms()), LeavesInBackup(node)
    done = backup.write_backup(
        node.store, node.rules, folder, node.memory(), made, progress, leaves.put
    )
    told = done.manifest
    _say(
        f"{told.origin}: {told.size:,} entries, checkpoint {told.checkpoint:,}, {done.bytes:,} bytes"
    )
    _say(f"The log's keys are not in it: keep {node.settings.folder / 'keys'} elsewhere.")
    _say("Nor are the master keys that open attachments: `tallystick keys backup`.")
    _say_each(leaves.lacks())
    if (secrets := node.settings.folder / "keys" / "batches").exists():
        _say(f"Nor are the secrets of batches, {secrets}: they are keys like the others.")
    _say(f"`tallystick restore {folder} --check-only` replays it.")


def restore_log(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup.")],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept elsewhere, which it must reach; may be repeated."),
    ] = None,
    log_key: Annotated[
        str, typer.Option(help="The log's verifier key (C2SP vkey) as you pinned it.")
    ] = "",
    erasures: Annotated[
        list[Path] | None,
        typer.Option(
            help="Erasures newer than the backup, as /v1/erasures of the log or a mirror lists them; may be repeated."
        ),
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Restore nothing: say whether it could be.")
    ] = False,
) -> None:
    """Lay a backup down in an empty database: checked, held against what was signed last, and replayed first.

    A backup older than the last known checkpoint is refused (`backup-behind`). Exit code 1 if it is not sound.
    """
    node = Node.at(Settings())
    files = checkpoint or []

    def claims(store: Store) -> Sequence[start.Claim]:
        size, root = node.memory().load()
        remembered = [start.Claim("the signer's memory", size, root)] if size else []
        asked = starting.ask(start.Known.by(store, node.rules))
        for one in asked.told:
            _say(str(one))
        return [*remembered, *asked.claims, *kept_claims(store, node.rules, files)]

    known = [name for file in erasures or [] for name in erasure.read_erasures(read_bytes(file))]
    checker, leaves = node.checker(), LeavesInBackup(node)
    try:
        with nullcontext() if check_only else node.alone():
            found = backup.restore_backup(
                folder,
                None if check_only else node.store,
                node.rules,
                node.directory,
                checker,
                claims,
                node.settings.folder / "scratch",
                progress,
                erase=lambda store: apply_erasures(store, known),
                vault=node.store.vault,
                pinned=read_text(files[0]) if files else None,
                verifier=Verifier.parse(log_key) if log_key else None,
                take=leaves.check if check_only else leaves.take,
            )
    except NotSound as finding:
        errors.print("[red]NOT SOUND[/red]", escape(finding.detail), highlight=False)
        sys.exit(not_sound_exit)
    finally:
        checker.close()
    console.print(log_export_cli.sound(found.audited))
    _conclude(found, check_only=check_only)
    _say_each(leaves.lacks() if check_only else kept(node, everybodys=True).told())


def _conclude(found: backup.Restored, *, check_only: bool) -> None:
    for claim in found.claims:
        _say(f"It reaches what {claim.who} has: {claim.size:,} entries.")
    if not found.claims:
        _say(nobody_vouches)
    if unseen := found.audited.attachments.unseen:
        _say(
            f"{unseen:,} attachments are sealed, and their master key is not here: nobody looked at them."
        )
    if check_only:
        _say("It could be restored. Nothing was.")
        return
    if found.erased:
        _say(f"{found.erased:,} attachments that were erased were destroyed again.")
    _say("Restored. Bring the log's keys and `signer/` back, then: `tallystick log state`")


def _say_each(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
