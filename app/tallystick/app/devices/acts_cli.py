"""Commands that say something about a device in the log, by a key that may."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.devices import catching
from tallystick.app.enrolling.asked import checked
from tallystick.app.enrolling.errors import EnrolmentNotWaiting
from tallystick.app.files import read_bytes
from tallystick.app.prefixes.sending import scribe
from tallystick.app.settings import Settings
from tallystick.identity import devices
from tallystick.ledger import Body, instant
from tallystick.ledger import SystemClock as Clock

console = Console()
Device = Annotated[str, typer.Argument(metavar="DEVICE", help="Its handle.")]
AuthorRef = Annotated[
    str,
    typer.Option("--author", help="Key reference of whoever says it; key 300 of its organisation."),
]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
Firm = Annotated[str, typer.Argument(help="Handle of the organisation.")]
Authority = Annotated[Path, typer.Argument(help="The factory's root certificate, in PEM.")]


def add(cli: typer.Typer) -> None:
    """Put the commands of this module into the group."""
    for command in (place, calibrate, retire, report_clone, list_factory, drop_factory):
        cli.command()(command)


def place(
    device: Device,
    where: Annotated[
        str, typer.Argument(help="A handle or GLN; nothing: it is not known any more.")
    ] = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Say where a device stands from now on."""
    told = {"device": device} | ({"place": where} if where else {})
    _say(devices.place_type, devices.PlaceDevice, told, _of(device), author, author_key, url)


def calibrate(
    device: Device,
    certificate: Annotated[
        Path, typer.Argument(help="The calibration certificate; its digest counts.")
    ],
    first: Annotated[str, typer.Option("--from", help="2026-01-01T00:00:00.000Z")],
    last: Annotated[str, typer.Option("--until", help="It covers what is measured before this.")],
    laboratory: Annotated[str, typer.Option(help="Handle of whoever calibrated it.")] = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Say from when until when a device is calibrated. Readings outside of it are marked, never dropped."""
    digest = hashlib.sha256(read_bytes(certificate)).hexdigest()
    told = {"device": device, "certificate": digest, "valid_from": first, "valid_until": last}
    told |= {"laboratory": laboratory} if laboratory else {}
    body = devices.CalibrateDevice
    _say(devices.calibrate_type, body, told, _of(device), author, author_key, url)


def retire(
    device: Device,
    reason: Annotated[str, typer.Option(help="lost, stolen, retired, broken or compromised.")],
    suspect_from: Annotated[
        int | None, typer.Option(help="Mark what it said from this entry on; nothing is undone.")
    ] = None,
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """End all keys of a device. What it signed before stays as it is."""
    told: dict[str, Any] = {"device": device, "reason": reason}
    told |= {} if suspect_from is None else {"suspect_from": suspect_from}
    _say(devices.retire_type, devices.RetireDevice, told, _of(device), author, author_key, url)


def report_clone(
    device: Device,
    first: Annotated[Path | None, typer.Option(help="An envelope of the device.")] = None,
    second: Annotated[Path | None, typer.Option(help="Another for the same place.")] = None,
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Stop a device whose key is in two hands, by two envelopes; by those that this node caught, if none are given."""
    node = Node.existing(Settings())
    if first is None or second is None:
        with node.store.read() as transaction:
            caught = [one for one in transaction.forks.of(device) if one.index is None]
        if not caught:
            raise EnrolmentNotWaiting(f"nothing was caught of {device}; give --first and --second")
        one, other = caught[0].first, caught[0].second
    else:
        one, other = read_bytes(first), read_bytes(second)
        catching.evidence(node, other, instant(Clock().now_ms()))
    told = devices.SuspendDevice.of(device, one, other).model_dump()
    body = devices.SuspendDevice
    index = _say(devices.suspend_type, body, told, _of(device), author, author_key, url)
    catching.settle(node, device, index)


def list_factory(
    organisation: Firm,
    authority: Authority,
    name: Annotated[str, typer.Option(help="What you call the factory.")],
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Let a factory's certificates prove devices of the organisation."""
    told = {"organisation": organisation, "ca": _ca(authority), "name": name}
    body = devices.ListFactory
    _say(devices.list_factory_type, body, told, organisation, author, author_key, url)


def drop_factory(
    organisation: Firm,
    authority: Authority,
    author: AuthorRef = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Let a factory's certificates prove no more devices; those that were proven stay."""
    told = {"organisation": organisation, "ca": _ca(authority)}
    body = devices.DropFactory
    _say(devices.drop_factory_type, body, told, organisation, author, author_key, url)


def _say(
    entry_type: str,
    model: type[Body],
    told: dict[str, Any],
    organisation: str,
    author: str,
    key: Path | None,
    url: str,
) -> int:
    node = Node.existing(Settings())
    body = checked(model, told)
    with scribe(node, url, author or f"300:{organisation}", key) as saying:
        index = saying.say(entry_type, body)
    console.print(f"{entry_type}: entry {index}.", highlight=False, markup=False)
    return index


def _of(device: str) -> str:
    with Node.existing(Settings()).look() as view:
        return devices.device(view, device).organisation


def _ca(path: Path) -> str:
    """Of the last certificate in the file: in a chain the root comes last."""
    return devices.factory.digest(devices.factory.read_pem(read_bytes(path))[-1])
