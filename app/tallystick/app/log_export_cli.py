"""`tallystick log export|import|find`: a log as a folder of files, and entries found in a store."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_text
from tallystick.app.leaving import leaves_to
from tallystick.app.progress import progress
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.ledger import (
    Audited,
    Disclosed,
    NotSound,
    Reader,
    Snapshot,
    TallystickError,
    Verifier,
    auditor_reader,
    by_body_hash,
    by_handle,
    export,
    search,
)

console = Console()
errors = Console(stderr=True)
not_sound_exit, not_found_exit = 1, 1
unpinned = (
    "Nobody pinned the log's key: this shows that the export agrees with itself. "
    "Give --log-key as you got it by another way."
)
As = Annotated[
    str, typer.Option("--as", help="Read as this organisation; without it, as an auditor.")
]
Pinned = Annotated[str, typer.Option(help="The log's verifier key (C2SP vkey) as you pinned it.")]
Kept = Annotated[
    Path | None, typer.Option(help="A checkpoint kept elsewhere, which the log must extend.")
]


_hash = re.compile("[0-9a-f]{64}")
#: Of a prefix, or of a handle under one.
_handle = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*/\S+|[0-9]+(?:\.[0-9]+)*")
limit_max = 10_000


class FindOneWay(TallystickError):
    code = "find-one-way"
    status = 400
    title = "An entry is found by author and id, or by handle, or by the hash of its body"
    advice = "Give --author with --id, or --handle, or --body-hash, and nothing else."


class FindNothingSuch(TallystickError):
    code = "find-nothing-such"
    status = 400
    title = "Nothing in a log is called so, so that finding nothing would say nothing"
    advice = "A body hash is 64 digits of hex; a handle is `prefix/suffix`, and a prefix digits and dots."


class ReaderUnknown(TallystickError):
    code = "reader-unknown"
    status = 404
    title = "The log knows no organisation of this handle"
    advice = "Spell the handle exactly as it was registered."


def add(cli: typer.Typer) -> None:
    """Add these commands to `tallystick log`."""
    cli.command("export")(export_log)
    cli.command("import")(import_log)
    cli.command("find")(find)


def export_log(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Empty, or an earlier export.")],
    organisation: As = "",
    to: Annotated[
        str, typer.Option(metavar="NAME", help="Whom it is for, as permissions name them.")
    ] = "",
    country: Annotated[
        str, typer.Option(metavar="CC", help="The country it goes to; by default the node's.")
    ] = "",
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out", help="Leave out what may not leave, and do not stop at it."),
    ] = False,
) -> None:
    """Write the log into a folder that anybody can verify. Again into the same folder: what is new."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        reader = leaves_to(
            snapshot.view, node.settings, _reader(snapshot, organisation), "export", to, country,
            strict=not leave_out,
        )  # fmt: skip
    with noted(node, reader, "log export", to) as looking, progress("export") as tick:
        done = export.export_log(node.store, node.rules, folder, looking, progress=tick)
    _say(f"{done.origin}: {done.size} entries, root {done.root.hex()}")
    _say(f"{done.files} files written, {done.bytes:,} bytes. {folder / 'README.md'} says more.")


def import_log(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A full export.")],
    log_key: Pinned = "",
    checkpoint: Kept = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many; a checkpoint has this size.")
    ] = None,
) -> None:
    """Check a full export and lay it down in an empty store, all of it or nothing."""
    node = Node.at(Settings())
    opened, pinned = _open(folder, log_key, checkpoint)
    if size is not None:
        opened.cut(size)
    checker = node.checker()
    try:
        with progress("import") as tick:
            found = export.import_log(
                opened, node.store, node.rules, node.directory, checker,
                pinned=pinned, progress=tick,
            )  # fmt: skip
    except NotSound as finding:
        _not_sound(finding)
    finally:
        checker.close()
    console.print(sound(found))
    if not log_key:
        _say(unpinned)
    _say("The store has none of the log's keys: `tallystick serve --read-only` shows it.")


def find(
    author: Annotated[str, typer.Option(help="The author's handle; with --id.")] = "",
    entry_id: Annotated[str, typer.Option("--id", help="The entry's id; with --author.")] = "",
    handle: Annotated[str, typer.Option(help="Who wrote it, or what its body names.")] = "",
    body_hash: Annotated[str, typer.Option(help="Hex SHA-256 of salt and body.")] = "",
    organisation: As = "",
    limit: Annotated[int, typer.Option(min=1, max=limit_max, help="At most so many.")] = 50,
) -> None:
    """Find entries. By handle or body hash every entry is looked at. Exit code 1 if there is none."""
    ways = [bool(author or entry_id), bool(handle), bool(body_hash)]
    if sum(ways) != 1 or bool(author) != bool(entry_id):
        raise FindOneWay
    body_hash = body_hash.lower()
    if body_hash and _hash.fullmatch(body_hash) is None:
        raise FindNothingSuch(repr(body_hash[:100]))
    if handle and _handle.fullmatch(handle) is None:
        raise FindNothingSuch(repr(handle[:100]))
    node = Node.existing(Settings())
    with (
        node.reader.open() as snapshot,
        noted(node, _reader(snapshot, organisation), "log find") as reader,
    ):
        if author:
            found = [snapshot.disclose(snapshot.row_by_id(author, entry_id).index, reader)]
        else:
            found = _search(snapshot, reader, handle, body_hash, limit)
    console.print(_entries(found))
    if len(found) == limit and not author:
        errors.print(f"There may be more: --limit {min(limit * 2, limit_max)}", highlight=False)
    if not found:
        sys.exit(not_found_exit)


def sound(found: Audited) -> Table:
    """What an audit or an import found to be sound."""
    table = Table(Column("sound"), Column(found.origin, overflow="fold"))
    rows = [
        ("entries", f"{found.size:,}"),
        ("signatures", f"{found.signatures:,}"),
        ("bodies", f"{found.bodies:,}"),
        ("cosignatures", f"{found.cosignatures:,}"),
        ("checkpoints that are final", f"{found.final:,}"),
        ("checkpoints that are anchored", f"{found.anchors:,}"),
        ("blocks", f"{found.blocks:,}"),
        ("checkpoints", f"{found.checkpoints:,}"),
    ]
    if found.ruled:
        rows += [
            ("refused and recorded", f"{found.refused:,}"),
            ("documents of state", f"{found.documents:,}"),
            ("attachments compared with their hashes", f"{found.attachments.seen:,}"),
            ("attachments sealed for this auditor", f"{found.attachments.unseen:,}"),
            ("attachments erased by an entry", f"{found.attachments.erased:,}"),
            ("attachments missing, and erased by none", f"{found.attachments_missing:,}"),
            ("attachments that contradict their entry", f"{found.contradictions:,}"),
        ]
    rows.append(("root", found.root.hex()))
    if found.ruled:
        rows.append(("state", found.state.hex()))
    for name, value in rows:
        table.add_row(name, value)
    return table


def _search(
    snapshot: Snapshot, reader: Reader, handle: str, body_hash: str, limit: int
) -> list[Disclosed]:
    fits = by_handle(handle) if handle else by_body_hash(body_hash)
    found: list[Disclosed] = []
    with progress("find") as tick:
        for one in search(snapshot, reader, fits, tick):
            found.append(one)
            if len(found) == limit or body_hash:
                break
    return found


def _entries(found: list[Disclosed]) -> Table:
    """One entry below the other: ids and handles are there to be copied, in a narrow terminal too."""
    table = Table(Column("index"), Column("entry", overflow="fold"), show_lines=True)
    for one in found:
        row = one.row
        said = row.outcome if row.code is None else f"{row.outcome}: {row.code}"
        shown = "body shown" if one.body is not None else "body not yours to read"
        lines = (f"{row.type}  {said}, {shown}", f"ledger time {row.time}", row.author, row.id)
        table.add_row(str(row.index), escape("\n".join(lines)))
    return table


def _open(folder: Path, log_key: str, checkpoint: Path | None) -> tuple[export.Export, str | None]:
    verifier = Verifier.parse(log_key) if log_key else None
    return export.Export(folder, verifier), read_text(checkpoint) if checkpoint else None


def _reader(snapshot: Snapshot, organisation: str) -> Reader:
    """Raises `ReaderUnknown`."""
    if not organisation:
        return auditor_reader
    if snapshot.view.get("organisation", organisation) is None:
        raise ReaderUnknown(organisation)
    return Reader.party(organisation)


def _not_sound(finding: NotSound) -> NoReturn:
    errors.print("[red]NOT SOUND[/red]", escape(finding.detail), highlight=False)
    sys.exit(not_sound_exit)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
