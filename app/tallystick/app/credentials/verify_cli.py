"""`tallystick credential verify`: what somebody presents, checked without a node."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app.bundles.pins import read_pins
from tallystick.app.credentials import checking
from tallystick.app.credentials.nonces import Nonces
from tallystick.app.credentials.presented import PresentationFile, file_bytes_max
from tallystick.app.files import read_bytes
from tallystick.app.receipts import RemoteNode
from tallystick.identity.credentials import Asked, age_s_default, nonce_of
from tallystick.ledger import (
    SystemClock,
    TallystickError,
    canonical,
    from_instant,
    instant,
)
from tallystick.ledger.bundle import BundleRefused, Pins, bundle_bytes_max

console = Console()
said_wrong = Console(stderr=True)
refused_exit = 1


class TimeRefused(TallystickError):
    code = "verify-time-refused"
    status = 400
    title = "This is no instant"
    advice = "Give it as in 2026-07-10T08:00:00Z."


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The presentation.")],
    audience: Annotated[str, typer.Option(help="Your handle: it must be made for you.")],
    log_key: Annotated[
        str, typer.Option(help="The log's verifier key (C2SP vkey) as you pinned it.")
    ],
    nonce: Annotated[
        str, typer.Option(help="What you gave the holder; without it, --seen is your guard.")
    ] = "",
    seen: Annotated[
        Path | None,
        typer.Option(help="A file of yours in which used presentations are written down."),
    ] = None,
    newer: Annotated[
        Path | None, typer.Option(help="A newer proof (`.tally`) of the same credential.")
    ] = None,
    node: Annotated[str, typer.Option(help="Ask this node for the newest proof.")] = "",
    age_hours: Annotated[
        int, typer.Option(min=1, max=24 * 366, help="How old it may be.")
    ] = age_s_default // 3600,
    at: Annotated[str, typer.Option(help="Judge as of this instant; by default now.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """What a presentation shows, checked offline. Exit codes: 0 verified, 1 refused, 2 could not run."""
    if not nonce and seen is None:
        raise typer.BadParameter("give --nonce, or --seen, or both: else it could be a repetition")
    given = PresentationFile.parse(read_bytes(file, file_bytes_max))
    pins = read_pins(log_key)
    now_ms = _instant(at)
    try:
        asked = Asked(
            audience, nonce or nonce_of(given.packed.credential), now_ms, age_hours * 3600
        )
        found = checking.verify(given, pins, asked)
        newest = _newest(found, newer, node, pins, now_ms)
        if seen is not None:
            until = now_ms + age_hours * 3600 * 1000
            Nonces(seen).use(found.holder, asked.nonce, until, now_ms)
    except TallystickError as refusal:
        if refusal.status not in (404, 409, 422) and not isinstance(refusal, BundleRefused):
            raise
        _refuse(refusal, as_json=as_json)
        sys.exit(refused_exit)
    if as_json:
        sys.stdout.write(canonical.encode(_told(found, newest)).decode() + "\n")
        return
    for line in _lines(found, newest):
        console.print(line, highlight=False, soft_wrap=True)


def _newest(
    found: checking.Verified, newer: Path | None, node: str, pins: Pins, now_ms: int
) -> checking.Seen:
    """The newest proof there is: what comes with it, one that is given, the node's own."""
    newest = found.seen
    if newer is not None:
        data = read_bytes(newer, bundle_bytes_max + 1)
        newest = checking.check_newer(found, data, pins, now_ms)
    if node:
        with httpx.Client() as http:
            data = RemoteNode(node, http).credential_proof(found.seen.digest)
        newest = checking.check_newer(found, data, pins, now_ms)
    return newest


def _instant(at: str) -> int:
    if not at:
        return SystemClock().now_ms()
    try:
        return from_instant(at)
    except ValueError:
        raise TimeRefused(at) from None


def _told(found: checking.Verified, newest: checking.Seen) -> dict[str, object]:
    return {
        "credential": newest.digest,
        "issuer": found.issuer,
        "holder": found.holder,
        "vct": found.vct,
        "fields": dict(found.fields),
        "hidden": found.revealed.hidden,
        "issued_at": found.issued_at,
        "expires": None if found.expires_s is None else instant(found.expires_s * 1000),
        "as_of": {"entry": newest.end, "time": newest.time},
        "error": None,
    }


def _lines(found: checking.Verified, newest: checking.Seen) -> Iterator[str]:
    yield f"[green]verified[/green] {escape(found.vct)}"
    yield f"  issued by {escape(found.issuer)} in entry {found.issued_at}"
    yield f"  held and presented by {escape(found.holder)}"
    for name, value in found.fields.items():
        said = value if isinstance(value, str) else canonical.encode(value).decode()
        yield f"  {escape(name)}: {escape(said)}"
    yield f"  fields not shown to you: {found.revealed.hidden}"
    if found.expires_s is not None:
        yield f"  holds until {instant(found.expires_s * 1000)}"
    yield f"  neither revoked nor suspended as of entry {newest.end}, {newest.time}"
    if newest is found.seen:
        yield "  What came later is not known here: look again with --node or --newer."


def _refuse(refusal: TallystickError, *, as_json: bool) -> None:
    if as_json:
        told = {"error": {"code": refusal.code, "detail": refusal.detail}}
        sys.stdout.write(canonical.encode(told).decode() + "\n")
    line = f"[red]NOT VERIFIED[/red] {refusal.code}: {escape(refusal.diagnosis())}"
    said_wrong.print(line, highlight=False, soft_wrap=True)
