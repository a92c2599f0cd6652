"""`tallystick log note|policy|proof-file|cosigned|cosignature`: the public formats read, and printed for people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.tree import Tree

from tallystick.app.files import read_bytes, read_text
from tallystick.ledger import Note, NoteKey, ProofFile, TallystickError, Verifier, instant, witness

console = Console()
not_met_exit = 1
_shown_seconds_max = 253402300799
Keys = Annotated[
    list[str] | None, typer.Option("--key", help="A verifier key you pinned; may be repeated.")
]


def add(cli: typer.Typer) -> None:
    """Add these commands to `tallystick log`."""
    cli.command("note")(note)
    cli.command("policy")(policy)
    cli.command("proof-file")(proof_file)
    cli.command("cosigned")(cosigned)
    cli.command("cosignature")(cosignature)


def note(file: Path, key: Keys = None) -> None:
    """Print a signed note, such as a checkpoint, and who signed it. Only keys given are verified."""
    _print_note(Note.read(read_bytes(file)), [_key(text) for text in key or ()])


def policy(file: Path) -> None:
    """Print a policy (C2SP tlog-policy): its logs, its quorum as a tree, and what it lacks."""
    read = witness.Policy.parse(read_bytes(file))
    for log in read.logs:
        _say(f"log {log.verifier.name} {log.url}".rstrip())
    console.print(_tree(read))
    _say(quorum_said(read))
    sides = read.apart()
    if sides:
        left, right = (_names(side) for side in sides)
        _say(f"Two quorums share no witness: {left}, and {right}. A fork could get both.")
        sys.exit(not_met_exit)


def proof_file(file: Path) -> None:
    """Print a proof file (C2SP tlog-proof) without verifying it; `tallystick log verify` does."""
    read = ProofFile.parse(read_text(file))
    _say(f"entry {read.index}, a path of {len(read.path)} hashes")
    if read.extra:
        _say(f"extra {len(read.extra)} bytes, which nobody vouches for")
    _print_note(Note.parse(read.checkpoint), [])


def cosigned(
    file: Path,
    policy: Annotated[Path, typer.Option(help="The policy, as you pinned it.")],
    log_key: Annotated[str, typer.Option(help="The log's key, as you pinned it.")] = "",
) -> None:
    """Verify a checkpoint against a policy: log, witnesses, quorum. Exit code 1 if it is not met."""
    read = witness.Policy.parse(read_bytes(policy))
    log = Verifier.parse(log_key) if log_key else None
    given = Note.read(read_bytes(file))
    try:
        found = witness.open_cosigned(given, read, log)
    except TallystickError as error:
        _fail(error.diagnosis())
    checkpoint = found.checkpoint
    _say(f"{checkpoint.origin}: {checkpoint.size} entries, root {checkpoint.root.hex()}")
    table = Table(Column("witness", overflow="fold"), "cosigned at")
    for one in read.witnesses:
        time_s = found.times.get(one.name)
        table.add_row(escape(witness.printable(one.name)), _time(time_s) if time_s else "no")
    console.print(table)
    if not found.verdict.met:
        _fail(str(found.verdict))
    _say(quorum_said(read))


def cosignature(
    file: Path,
    checkpoint: Annotated[Path, typer.Option(help="The checkpoint, as a signed note.")],
    key: Keys = None,
) -> None:
    """Print cosignatures as a witness answers them: lines without a note. Only keys given are verified."""
    note = Note.read(read_bytes(checkpoint))
    try:
        lines = witness.parse_lines(read_bytes(file))
    except TallystickError as error:
        raise witness.CosignatureRefused(error.detail) from None
    _print_note(Note(note.text, lines), [witness.Cosigner.parse(text) for text in key or ()])


def quorum_said(read: witness.Policy) -> str:
    """What a met quorum of this policy is worth."""
    if read.is_none:
        return "The policy is `none`: no witness vouches that the log shows one history."
    return (
        f"Quorum {witness.printable(read.quorum)}: {len(read.smallest_quorum())} witnesses or more."
    )


def _print_note(read: Note, keys: list[NoteKey]) -> None:
    verified = read.verify(keys)
    console.print(read.text, end="", markup=False, highlight=False, soft_wrap=True)
    table = Table(Column("signed by", overflow="fold"), "key id", "is")
    known = {(key.name, key.key_id): key for key in verified}
    for line in read.signatures:
        key = known.get((line.name, line.key_id))
        said = "not verified: no key given"
        if isinstance(key, witness.Cosigner):
            said = f"a cosignature at {_time(witness.cosigned_at(line.signature))}"
        elif key:
            said = "a signature that verifies"
        table.add_row(escape(line.name), line.key_id.hex(), said)
    console.print(table)


def _key(text: str) -> NoteKey:
    """A key of a log or of a witness."""
    try:
        return Verifier.parse(text)
    except TallystickError:
        return witness.Cosigner.parse(text)


def _tree(read: witness.Policy) -> Tree:
    """The quorum's tree, and the witnesses outside of it."""
    groups = {group.name: group for group in read.groups}
    shown: set[str] = set()

    def grow(under: Tree, name: str) -> None:
        shown.add(name)
        group = groups.get(name)
        label = witness.printable(name)
        if group:
            label = f"{label}: {group.threshold} of {len(group.members)}"
        branch = under.add(escape(label))
        for member in group.members if group else ():
            grow(branch, member)

    root = Tree("quorum")
    grow(root, read.quorum)
    for one in read.witnesses:
        if one.name not in shown:
            root.add(escape(f"{witness.printable(one.name)} (counts for nothing)"))
    return root


def _names(names: frozenset[str]) -> str:
    return " + ".join(witness.printable(name) for name in sorted(names))


def _time(time_s: int) -> str:
    return instant(time_s * 1000) if time_s <= _shown_seconds_max else f"second {time_s}"


def _say(text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)


def _fail(said: str) -> NoReturn:
    console.print(f"[red]NOT VERIFIED[/red] {escape(said)}", highlight=False, soft_wrap=True)
    sys.exit(not_met_exit)
