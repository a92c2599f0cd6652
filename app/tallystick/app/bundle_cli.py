"""`tallystick verify`, `tallystick bundle`: proofs in one file, checked without a server."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app.access import Reading
from tallystick.app.anchor.bundled import AnchorRefused, anchor_statements
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import custody, make
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.replay import replayed
from tallystick.app.bundles.statements import Language, Statement
from tallystick.app.bundles.verify import forms, states
from tallystick.app.files import read_bytes, read_text, write_file
from tallystick.app.leaving import bundled
from tallystick.app.log_export_cli import ReaderUnknown
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.app.verifier_cli import check_page
from tallystick.ledger import (
    Reader,
    Snapshot,
    TallystickError,
    auditor_reader,
    canonical,
    log_verifier,
)
from tallystick.ledger.bundle import (
    Bundle,
    BundleRefused,
    Request,
    bundle_bytes_max,
    open_bundle,
)

cli = typer.Typer(help="Make proofs in one file.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)
refused_exit = 1
body_chars_shown = 4000
_marks = {
    "proven": "[green]proven   [/green]",
    "authentic": "[yellow]authentic[/yellow]",
    "note": "[magenta]note     [/magenta]",
}


class NothingAsked(TallystickError):
    code = "bundle-nothing-asked"
    status = 400
    title = "A bundle states at least one thing, each in its form"
    advice = (
        "Give --entry, --item, --certificate, --key, --not-revoked, --never-confirmed or --absent."
    )


class VerifyWhat(TallystickError):
    code = "verify-what"
    status = 400
    title = "Either a bundle or a page is verified"
    advice = "Give the file, or --page with the address of a verifier page."


@cli.callback()
def bundle() -> None:
    """Make proofs in one file."""


@cli.command("make")
def make_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it (`.tally`).")],
    entry: Annotated[list[int] | None, typer.Option(help="An entry, by its index.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="The custody of an item or lot.")] = None,
    containers: Annotated[
        bool,
        typer.Option("--containers", help="Of --item, also of all that it was ever packed in."),
    ] = False,
    certificate: Annotated[
        list[str] | None, typer.Option(help="A certificate from issue to payment.")
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="When a key was valid.")] = None,
    not_revoked: Annotated[
        list[str] | None, typer.Option(help="That a key is not revoked.")
    ] = None,
    never_confirmed: Annotated[
        list[str] | None,
        typer.Option(metavar="INVOICE#LINE", help="That nobody ever confirmed this invoice line."),
    ] = None,
    absent: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:NAME", help="That the log knows nothing under this name."),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POINTER", help="Of --entry, show these fields in place of the whole body."
        ),
    ] = None,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="With what is attached to --entry and --item.")
    ] = False,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay", help="With all that `verify --replay` needs; replays the log once."
        ),
    ] = False,
    anchored: Annotated[
        bool,
        typer.Option("--anchored", help="Under the newest checkpoint that is anchored on a chain."),
    ] = False,
    organisation: Annotated[
        str, typer.Option("--as", help="Read as this organisation; without it, as an auditor.")
    ] = "",
    to: Annotated[
        str, typer.Option(metavar="NAME", help="Whom it is for, as permissions name them.")
    ] = "",
    country: Annotated[
        str, typer.Option(metavar="CC", help="The country it goes to; by default the node's.")
    ] = "",
) -> None:
    """Prove facts of this log in one file, under its newest final checkpoint; options may be repeated."""
    requests = [
        *(Request.of("entry", index=index) for index in entry or ()),
        *(Request.of("certificate", certificate=name) for name in certificate or ()),
        *(Request.of("key", key=name) for name in key or ()),
        *(Request.of("not-revoked", key=name) for name in not_revoked or ()),
        *(_line(name) for name in never_confirmed or ()),
        *(_absent(name) for name in absent or ()),
    ]
    if not requests and not item:
        raise NothingAsked
    node = Node.existing(Settings())
    with ExitStack() as stack:
        snapshot = stack.enter_context(node.reader.open())
        told = bundled(snapshot, node.settings, reader_as(snapshot, organisation), to, country)
        reader = stack.enter_context(noted(node, told, "bundle make", to))
        requests += custody(Reading(snapshot, reader), item or (), containers=containers)
        data = make(
            snapshot,
            reader,
            requests,
            show=show or (),
            attachments=attachments,
            replay=replay,
            anchored=anchored,
        )
        log = log_verifier(snapshot.view)
    write_file(file, data)
    said = f"{file}: {len(data):,} bytes. Verify it with the log's key as you published it:"
    console.print(said, highlight=False, soft_wrap=True, markup=False)
    command = f"tallystick verify {file} --log-key {log.encode()}"
    console.print(command, highlight=False, soft_wrap=True, markup=False)


def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The bundle (`.tally`).")
    ] = None,
    log_key: Annotated[
        str, typer.Option(help="The log's verifier key (C2SP vkey) as you pinned it.")
    ] = "",
    genesis: Annotated[
        str,
        typer.Option(help="Hex leaf hash of entry 0, or a file with that entry, as you keep it."),
    ] = "",
    policy: Annotated[
        Path | None,
        typer.Option(help="A policy of yours (C2SP tlog-policy), in place of the log's."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"], typer.Option(help="In which language statements are said.")
    ] = "en",
    replay: Annotated[
        bool, typer.Option("--replay", help="Also execute the rules again over what is in it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Statements as JSON.")] = False,
    rpc: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="Ask this RPC server whether the anchor stands; repeat for more."
        ),
    ] = None,
    contract: Annotated[
        str,
        typer.Option(help="With --rpc: the anchor contract as the log's operator published it."),
    ] = "",
    page: Annotated[
        str,
        typer.Option(metavar="URL", help="In place of a bundle: compare a served verifier page."),
    ] = "",
) -> None:
    """What a bundle proves, checked offline; with --rpc also its anchor, by asking the chain. Exit codes: 0 proven, 1 refused, 2 could not run."""
    if (file is None) == (not page):
        raise VerifyWhat
    if file is None:
        check_page(page)
        return
    pins = read_pins(log_key, _given(genesis), read_text(policy) if policy else "")
    data = read_bytes(file, bundle_bytes_max + 1)
    try:
        bundle = open_bundle(data, pins, forms)
        found = states(bundle)
        if replay:
            found.append(replayed(bundle))
        if rpc or contract:
            found += anchor_statements(bundle, rpc or (), contract)
    except (BundleRefused, AnchorRefused) as refusal:
        _refuse(refusal, as_json=as_json)
        sys.exit(refused_exit)
    if as_json:
        _write({"error": None, "statements": [one.document() for one in found]})
    else:
        _say(found, bundle, language)


def _line(name: str) -> Request:
    invoice, _, line = name.rpartition("#")
    if not invoice or not line.isascii() or not line.isdecimal() or len(line) > 6:
        raise NothingAsked(f"{name}: an invoice, a hash sign and the number of a line are expected")
    return Request.of("never-confirmed", invoice=invoice, line=int(line))


def _absent(name: str) -> Request:
    kind, colon, rest = name.partition(":")
    if not kind or not colon or not rest:
        raise NothingAsked(f"{name}: kind and name are expected, as in `key:300:99.100/O-…`")
    return Request.of("absent", kind=kind, name=rest)


def reader_as(snapshot: Snapshot, organisation: str) -> Reader:
    """Raises `ReaderUnknown`."""
    if not organisation:
        return auditor_reader.grading(snapshot.raised)
    if snapshot.view.get("organisation", organisation) is None:
        raise ReaderUnknown(organisation)
    return Reader.party(organisation).grading(snapshot.raised)


def _given(genesis: str) -> bytes:
    """A hash as it stands, anything else as a file."""
    return genesis.encode() if not genesis or len(genesis) == 64 else read_bytes(Path(genesis))


def _refuse(refusal: TallystickError, *, as_json: bool) -> None:
    if as_json:
        error = {"code": refusal.code, "detail": refusal.detail}
        _write({"error": error, "statements": []})
    said = f"[red]NOT PROVEN[/red] {refusal.code}: {escape(refusal.diagnosis())}"
    errors.print(said, highlight=False, soft_wrap=True)


def _say(found: list[Statement], bundle: Bundle, language: Language) -> None:
    for one in found:
        said = f"{_marks[one.grade]} {escape(one.said(language))}"
        console.print(said, highlight=False, soft_wrap=True)
    for request in bundle.manifest.requests:
        held = bundle.entries.get(request.number("index")) if request.about == "entry" else None
        if held is not None and held.body is not None:
            text = held.body.decode()
            shown = text if len(text) <= body_chars_shown else f"{text[:body_chars_shown]}…"
            console.print(shown, markup=False, highlight=False, soft_wrap=True)


def _write(document: object) -> None:
    sys.stdout.write(canonical.encode(document).decode() + "\n")
