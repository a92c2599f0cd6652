"""`tallystick evidence make …`: evidence files from what a holder has."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from tallystick.app import evidencing
from tallystick.app.files import read_bytes, read_text
from tallystick.app.settings import Settings
from tallystick.ledger import (
    Checkpoint,
    NoLog,
    Note,
    PrivateKey,
    ProofFile,
    SystemClock,
    TallystickError,
    Verifier,
    evidence,
    instant,
    leaf_hash,
    promise,
    replace_durably,
    witness,
)

cli = typer.Typer(help="Make an evidence file from what you have.", no_args_is_help=True)
console = Console()
LogKey = Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The evidence file to write.")]
Folder = Annotated[
    Path | None, typer.Option("--export", metavar="DIR", help="An export, in place of a store.")
]
NodeUrl = Annotated[str, typer.Option(help="Address of a node, or of a mirror, of this log.")]


class EvidenceFileThere(TallystickError):
    code = "evidence-file-there"
    status = 409
    title = "A file stands where the evidence should be written"
    advice = "Evidence is never overwritten: name another file with --out."


class AuditorKeyNeeded(TallystickError):
    code = "evidence-auditor-key"
    status = 400
    title = "An auditor signs with a name and a key"
    advice = "Give both --auditor and --key (PEM, Ed25519), or neither."


@cli.command()
def checkpoints(
    first: Path,
    second: Path,
    log_key: LogKey,
    out: Out,
    node: NodeUrl = "",
    export_folder: Folder = None,
) -> None:
    """From two checkpoints: of one size, or of two sizes with the tree of the larger one.

    That tree is this machine's copy of the log, or an export, or that of --node.
    """
    one, two = Note.read(read_bytes(first)), Note.read(read_bytes(second))
    known = [Verifier.parse(log_key)]
    sizes = {Checkpoint.parse_extended(note.text).size for note in (one, two)}
    with ExitStack() as stack:
        tree = _tree(stack, node, export_folder, max(sizes)) if len(sizes) == 2 else None
        made = evidence.of_checkpoints(one, two, known, tree)
    _write(made, out, evidence.Trust(known))


@cli.command()
def leaves(
    first_proof: Path, first: Path, second_proof: Path, second: Path, log_key: LogKey, out: Out
) -> None:
    """From two proof files of one index, each with the entry's envelope that it proves."""
    known = Verifier.parse(log_key)
    proven = [
        (leaf_hash(read_bytes(leaf).strip()), evidence.Place.of(ProofFile.parse(read_text(proof))))
        for proof, leaf in ((first_proof, first), (second_proof, second))
    ]
    made = evidence.of_leaves(proven[0], proven[1], known.name)
    _write(made, out, evidence.Trust([known]))


@cli.command()
def rollback(
    larger: Path,
    smaller: Path,
    witness_key: Annotated[str, typer.Option(help="The witness's verifier key, as you pinned it.")],
    log_key: LogKey,
    out: Out,
) -> None:
    """From a larger checkpoint and a smaller one that the same witness cosigned later."""
    one, two = Note.read(read_bytes(larger)), Note.read(read_bytes(smaller))
    known, cosigner = [Verifier.parse(log_key)], witness.Cosigner.parse(witness_key)
    made = evidence.of_witness(one, two, cosigner, known)
    _write(made, out, evidence.Trust(known, [cosigner]))


@cli.command()
def receipt(
    file: Annotated[Path, typer.Argument(help="The receipt, or the node's whole answer.")],
    log_key: LogKey,
    node: NodeUrl,
    out: Out,
) -> None:
    """From a receipt whose promise the log has broken: what it signed instead."""
    known, document = Verifier.parse(log_key), promise.read_document(read_bytes(file))
    with httpx.Client() as http:
        remote = evidencing.RemoteTree(node, http)
        made = next(evidencing.broken_receipts(document, known, remote), None)
    if made is None:
        raise evidence.EvidenceProvesNothing("each promise was kept, or may still be kept")
    _write(made, out, evidence.Trust([known]))


@cli.command()
def delay(
    file: Annotated[Path, typer.Argument(help="The mirror's sighting of the entry.")],
    mirror_key: Annotated[str, typer.Option(help="The mirror's sighting key, as you pinned it.")],
    log_key: LogKey,
    node: NodeUrl,
    out: Out,
    limit_s: Annotated[
        int, typer.Option(min=1, max=evidence.limit_s_max, help="How late is late.")
    ] = evidence.limit_s_default,
) -> None:
    """From a mirror's word that it saw an entry, and the log that took it in late or not at all."""
    known, mirror = Verifier.parse(log_key), Verifier.parse(mirror_key)
    document = promise.read_document(read_bytes(file))
    with httpx.Client() as http:
        remote = evidencing.RemoteTree(node, http)
        made = evidencing.delayed(document, mirror, known, remote, limit_s)
    _write(made, out, evidence.Trust([known], mirrors=[mirror]))


@cli.command()
def rule(
    log_key: LogKey,
    out: Out,
    auditor: Annotated[str, typer.Option(help="Your name, if you sign what was found.")] = "",
    key: Annotated[Path | None, typer.Option(help="Your private key (PEM, Ed25519).")] = None,
    export_folder: Folder = None,
) -> None:
    """From this machine's copy of the log, or an export: its first entry that the rules refuse."""
    if bool(auditor) != bool(key):
        raise AuditorKeyNeeded
    signing = (auditor, PrivateKey.from_pem(read_bytes(key))) if key else None
    known = Verifier.parse(log_key)
    with evidencing.held_log(Settings(), export_folder) as held:
        made = evidence.of_rule(held, instant(SystemClock().now_ms()), signing)
        _write(made, out, evidence.Trust([known], store=held))
    if made.auditor:
        _say(f"Those who believe you give --auditor-key '{made.auditor}'.")


def _tree(
    stack: ExitStack, node: str, export_folder: Path | None, size: int
) -> evidence.Tree | None:
    """The tree of so many entries that is at hand."""
    if node:
        return evidencing.RemoteTree(node, stack.enter_context(httpx.Client()))
    try:
        copy = evidencing.copy_of(Settings(), export_folder)
    except NoLog:
        return None
    return copy if copy.newest()[0] >= size else None


def _write(made: evidence.Evidence, out: Path, trust: evidence.Trust) -> None:
    """Verified as a stranger would, and never over another file."""
    verdict = made.verify(trust)
    if out.exists():
        raise EvidenceFileThere(str(out))
    replace_durably(out, evidence.write_evidence(made))
    _say(f"{out}: {verdict.kind}. It proves: {verdict.proves}")
    _say(f"Anybody verifies it with: tallystick evidence verify {out} --log-key …")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
