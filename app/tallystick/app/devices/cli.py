"""`tallystick device`: devices invited, enrolled, approved, placed, calibrated, retired; clones reported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.scanners as scanners
from tallystick.app.bootstrap import Node
from tallystick.app.devices import acts_cli, approving, asked, on_device
from tallystick.app.devices.enrolments import Enrolments
from tallystick.app.devices.listing import listed, listed_one, shown
from tallystick.app.enrolling.asked import checked, minutes_default, minutes_max
from tallystick.app.files import write_file
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import devices
from tallystick.ledger import Answer, ReadOnly, Submission, Thing

cli = typer.Typer(
    help="Devices: invited, enrolled, approved, placed, calibrated, retired.", no_args_is_help=True
)
console = Console()
Organisation = Annotated[str, typer.Argument(help="Handle of the organisation.")]
Known = Annotated[str, typer.Argument(metavar="REQUEST", help="Number of the request.")]


class NoLog:
    """These commands write beside the log only; the device's signature comes in over HTTP."""

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        raise ReadOnly(f"{len(submissions)} entries")


def enrolments() -> Enrolments:
    node = Node.existing(Settings())
    return Enrolments(node, NoLog(), str(node.genesis()["origin"]))


@cli.command()
def invite(
    organisation: Organisation,
    purpose: Annotated[
        str, typer.Option("--class", help=f"One of {', '.join(devices.class_names)}.")
    ] = "scanner",
    minutes: Annotated[
        int, typer.Option(min=1, max=minutes_max, help="How long it is good for.")
    ] = minutes_default,
    replaces: Annotated[str, typer.Option(help="The device whose place the new one takes.")] = "",
    qr: Annotated[
        Path | None, typer.Option(help="Also write the code as a picture (.png).")
    ] = None,
) -> None:
    """Make an invitation: an address, and its code, that one device may use once."""
    told: dict[str, object] = {
        "organisation": organisation,
        "purpose": purpose,
        "minutes": minutes,
    }
    wish = checked(asked.Invite, told | ({"replaces": replaces} if replaces else {}))
    made = enrolments().invite(wish)
    if qr is not None:
        write_file(qr, scanners.code_png(made.address))
    console.print(scanners.code_text(made.address), markup=False, highlight=False, soft_wrap=True)
    _say(made.address)
    _say(f"Request {made.id}, good until {made.expires}. Whoever sees the code can use it.")


@cli.command()
def requests(organisation: Organisation) -> None:
    """Devices that asked, and wait for you. Compare the digits with those that the device shows."""
    table = Table(*(Column(name, overflow="fold") for name in _request_columns))
    for one in enrolments().waiting(organisation):
        kept = one.kept
        proven = "yes" if kept.is_factory_proven else "no"
        digits = devices.spoken(kept.jwk) if kept.jwk else ""
        what = kept.purpose if kept.old is None else f"{kept.purpose}, instead of {kept.old}"
        table.add_row(one.row.id, kept.name, what, digits, proven, one.state)
    console.print(table)


@cli.command()
def approve(
    known: Known,
    author: Annotated[str, typer.Option(help="Key reference of whoever approves: 300:99.100/P-….")],
    author_key: Annotated[
        Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Handle for the device; under --prefix one is made if not said.")
    ] = "",
    prefix: Annotated[
        str, typer.Option(help="Of the organisation, for a handle that is made.")
    ] = "",
    url: Annotated[
        str, typer.Option("--node", help="Ask this running node; else the store here.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="The digits were compared.")] = False,
) -> None:
    """Approve a device by your own signature. It adds its own, and is enrolled."""
    desk = approving.desk(enrolments, url)
    found = desk.status(known)
    _say(f"{found['name']}, a {found['purpose']} of {found['organisation']}")
    if "renews" in found:
        _say(f"It asks for a fresh key in the place of {found['renews']}")
    _say(f"It shows the digits  {found['digits']}")
    if not yes:
        typer.confirm("Does the device itself show the same digits?", abort=True)
    handle = approving.approve(desk, found, author, author_key, device, prefix)
    _say(f"Approved as {handle}. The device signs next; the entry is made when it has.")


@cli.command()
def refuse(known: Known) -> None:
    """Refuse a request, or take an invitation back."""
    _say(f"{enrolments().refuse(known).row.id} is refused.")


@cli.command("list")
def list_all(
    organisation: Organisation,
    after: Annotated[str, typer.Option(help="Go on after this device.")] = "",
) -> None:
    """An organisation's devices: class, state, place, calibration, and whether any was cloned."""
    node = Node.existing(Settings())
    table = Table(*(Column(name, overflow="fold") for name in _columns))
    with looking("device list", organisation, node=node) as reading:
        reading.reader.lists_of(organisation, Thing("devices"))
        for one in listed(node, reading.snapshot, organisation, after):
            device = one.device
            until = device.calibration["valid_until"][:10] if device.calibration else ""
            state = (
                f"{device.state}, CLONED"
                if one.forks and device.state != "active"
                else device.state
            )
            proven = "yes" if device.factory_proven else ""
            table.add_row(
                device.handle, one.name, device.kind.name, state, device.place or "", until, proven,
                str(one.entries), one.seen or "",
            )  # fmt: skip
    console.print(table)


@cli.command()
def show(device: Annotated[str, typer.Argument(help="Handle of the device.")]) -> None:
    """One device: its keys, its history, and what was caught of it."""
    node = Node.existing(Settings())
    with looking("device show", device, node=node) as reading:
        found = listed_one(node, reading.snapshot, device)
        owner = found.device.organisation
        reading.reader.may_read("parties", (owner,), thing=Thing("devices", device))
    console.print_json(data=shown(found))


@cli.command()
def enrol(
    code: Annotated[
        str, typer.Argument(help="The address of an invitation, or a picture of its code.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the device calls itself: Gate 3.")] = "",
    folder: Annotated[
        Path, typer.Option("--into", help="Where the device keeps its key, and how far it is.")
    ] = Path("device"),
    idevid: Annotated[
        Path | None,
        typer.Option(help="The factory's certificates: the device's, then its issuers."),
    ] = None,
    idevid_key: Annotated[Path | None, typer.Option(help="The factory's private key.")] = None,
    minutes: Annotated[
        int, typer.Option(min=0, max=24 * 60, help="How long to wait for the approval.")
    ] = 10,
) -> None:
    """On the device: make a key, ask with it, and wait. Run it again without a code to go on."""
    with console.status("Asking …") as status:
        enrolling = on_device.ask(folder, code, name, idevid, idevid_key)
        _say(f"Compare these digits with those that are shown for approval:  {enrolling.digits}")
        status.update("Waiting for a person who approves …")
        done = on_device.go_on(folder, enrolling, minutes)
    if done.state != "enrolled":
        _say(on_device.words[done.state])
        raise typer.Exit(1)
    _say(f"Enrolled as {done.device} by entry {done.index}. Its key is in {folder / 'device.pem'}.")


@cli.command()
def renew(
    folder: Annotated[
        Path, typer.Option("--into", help="Where the device keeps its key, and how far it is.")
    ] = Path("device"),
    minutes: Annotated[
        int, typer.Option(min=0, max=24 * 60, help="How long to wait for the approval.")
    ] = 10,
) -> None:
    """On the device: put a fresh key in the place of its own. Run it again to go on. Send first what it still holds."""
    with console.status("Asking …") as status:
        renewing = on_device.renew(folder)
        _say(f"Compare these digits with those that are shown for approval:  {renewing.digits}")
        status.update("Waiting for a person who approves …")
        done = on_device.go_on_renewing(folder, renewing, minutes)
    if done.state != "enrolled":
        _say(on_device.words_of_renewal[done.state])
        raise typer.Exit(1)
    _say(f"The key is {done.key} from entry {done.index} on, in {folder / on_device.key_file}.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


_request_columns = ("request", "name", "class", "digits", "factory", "state")
_columns = (
    "device", "name", "class", "state", "place", "calibrated until", "factory", "entries", "last seen"
)  # fmt: skip
acts_cli.add(cli)
