"""`tallystick verify`, `tallystick bundle`: proofs in one file, checked without a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.statements import Language, Statement
from tallystick.app.bundles.verify import forms, states
from tallystick.app.files import read_bytes, read_text
from tallystick.ledger import canonical
from tallystick.ledger.bundle import (
    Bundle,
    BundleRefused,
    bundle_bytes_max,
    open_bundle,
)

console = Console()
errors = Console(stderr=True)
refused_exit = 1
body_chars_shown = 4000
_marks = {
    "proven": "[green]proven   [/green]",
    "authentic": "[yellow]authentic[/yellow]",
    "note": "[magenta]note     [/magenta]",
}


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle (`.tally`).")],
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
    as_json: Annotated[bool, typer.Option("--json", help="Statements as JSON.")] = False,
) -> None:
    """What a bundle proves, checked offline. Exit codes: 0 proven, 1 refused, 2 could not run."""
    pins = read_pins(log_key, _given(genesis), read_text(policy) if policy else "")
    data = read_bytes(file, bundle_bytes_max + 1)
    try:
        bundle = open_bundle(data, pins, forms)
        found = states(bundle)
    except BundleRefused as refusal:
        _refuse(refusal, as_json=as_json)
        sys.exit(refused_exit)
    if as_json:
        _write({"error": None, "statements": [one.document() for one in found]})
    else:
        _say(found, bundle, language)


def _given(genesis: str) -> bytes:
    """A hash as it stands, anything else as a file."""
    return genesis.encode() if not genesis or len(genesis) == 64 else read_bytes(Path(genesis))


def _refuse(refusal: BundleRefused, *, as_json: bool) -> None:
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
