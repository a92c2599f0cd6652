"""A device from its invitation to its end, by the commands, over a node that runs; and its clone in a second process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import typer
from rich.console import Console
from tests import loopback
from tests.patience import patience_s
from typer.testing import CliRunner

from tallystick import scanners
from tallystick.app.auditing.cli import audit_log
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.devices import acts_cli
from tallystick.app.devices import cli as device_cli
from tallystick.app.devices.cli import cli
from tallystick.app.http import create_app
from tallystick.app.keys.cli import cli as keys
from tallystick.app.organisations import NewOrganisation, accepted, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, AddPerson, devices
from tallystick.ledger import Author, Ledger, PrivateKey, SigningKey, SystemClock
from tallystick.trace import builders

origin = "log.example/devices"
administrator = "99/P-ADMIN00000000"
#: A process that scans as often as each line says, with the key in a folder and a queue of its own.
scanning = """
import sys
from pathlib import Path
from tests.end_to_end.test_devices import scan
folder, url, handle, queue = sys.argv[1:]
for line in sys.stdin:
    print(scan(Path(folder), url, handle, Path(queue), int(line)), flush=True)
"""


def scan(folder: Path, url: str, handle: str, queue: Path, count: int, number: int = 300) -> str:
    """Take so many readings and send them, signed by the key of that number; what came of it."""
    private = PrivateKey.from_pem((folder / "device.pem").read_bytes())
    key = SigningKey(f"{number}:{handle}", private)
    with scanners.HttpTransport(url) as transport:
        device = scanners.Device(
            handle, key, origin, scanners.Queue(queue, handle, origin), transport, SystemClock(),
            sending=scanners.Sending(attempts=1),
        )  # fmt: skip
        report = {"type": "Temperature", "value": 4.5, "uom": "CEL"}
        time = "2026-01-05T01:00:00.000Z"
        for _ in range(count):
            device.capture(
                [builders.sensor_reading([], read_point="99.7/store", time=time, reports=[report])]
            )
        try:
            return f"accepted {device.flush().accepted}"
        except scanners.StreamStopped as error:
            return f"stopped {error.members['problem_code']}"


@contextmanager
def process(folder: Path, url: str, handle: str, queue: Path) -> Iterator[subprocess.Popen[str]]:
    words = (str(folder), url, handle, str(queue))
    started = subprocess.Popen(
        [sys.executable, "-c", scanning, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=patience_s)


def asked(one: subprocess.Popen[str], count: int) -> str:
    assert one.stdin is not None
    assert one.stdout is not None
    one.stdin.write(f"{count}\n")
    one.stdin.flush()
    return one.stdout.readline().strip()


@dataclass
class Bench:
    settings: Settings
    node: Node
    organisation: str
    key: Path
    url: str

    def run(self, *words: str, code: int = 0, group: typer.Typer = cli) -> str:
        # A console takes its width when its module is loaded, perhaps by another test.
        with pytest.MonkeyPatch.context() as patched:
            for module in (device_cli, acts_cli):
                patched.setattr(module, "console", Console(width=300))
            done = CliRunner().invoke(group, list(words), env=self.settings.environment())
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    @property
    def by(self) -> tuple[str, ...]:
        person = f"300:{administrator}"
        return ("--author", person, "--author-key", str(self.key), "--node", self.url)

    def enrol(self, folder: Path, device: str, *more: str) -> str:
        """By the picture of the code, as a device with a camera would."""
        picture = folder.with_suffix(".png")
        made = self.run("invite", self.organisation, "--qr", str(picture), *more)
        known = re.findall(r"Request ([0-9a-f]{32})", made)[0]
        into = ("--into", str(folder), "--minutes", "0")
        said = self.run("enrol", str(picture), "--name", "Gate", *into, code=1)
        digits = re.findall(r"(?:\d{4} ){3}\d{4}", said)[0]
        assert digits in self.run("requests", self.organisation)
        assert digits in self.run("approve", known, "--device", device, *self.by, "--yes")
        return self.run("enrol", *into)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        port = stack.enter_context(loopback.listening())
        url = loopback.address(port)
        settings = Settings(
            home=tmp_path / "node", database_url="", verify_processes=0, base_url=url
        )
        node = Node.at(settings)
        node.create(NewLog(origin, "99/L-DEVICES00000", "99/O-DEVICES00000", {"en": "Root"}))
        ledger = stack.enter_context(node.writer())
        own, path = PrivateKey.generate(), tmp_path / "administrator.pem"
        own.save(path)
        firm = _populated(node, ledger, SigningKey(f"300:{administrator}", own))
        stack.enter_context(loopback.serving(create_app(node, ledger), port))
        yield Bench(settings, node, firm, path, url)


def _populated(node: Node, ledger: Ledger, key: SigningKey) -> str:
    """An organisation whose key the node holds, and its administrator, whose key it does not."""
    new = NewOrganisation({"en": "Maker"}, "supplier", prefix="99.7")
    firm = register_organisation(node, ledger, new)
    root = str(node.genesis()["root"])
    author = Author(ledger.origin, root, node.keys.get(f"300:{root}"), SystemClock())
    person = AddPerson(person=administrator, organisation=firm, roles=("administrator",))
    jwk = key.private.public.jwk()
    add = AddKey(key=key.keyid, jwk=jwk, custody="self", types=("*",))
    said = [
        author.write("identity.person.add/1", person),
        author.write("identity.key.add/1", add, endorsers=[key]),
    ]
    accepted(ledger.append(said))
    return firm


def test_from_a_code_to_the_end(bench: Bench, tmp_path: Path) -> None:
    one, gate, successor = tmp_path / "one", "99.7/gate-1", "99.7/gate-2"
    assert f"Enrolled as {gate}" in bench.enrol(one, gate)
    copy = tmp_path / "copy"
    shutil.copytree(one, copy)
    with (
        process(one, bench.url, gate, tmp_path / "one.queue") as owner,
        process(copy, bench.url, gate, tmp_path / "copy.queue") as thief,
    ):
        assert asked(owner, 2) == "accepted 2"
        # A cloned key with a queue of its own: the second entry for a place is kept out, and stops the device.
        assert asked(thief, 1) == "stopped stream-fork"
        assert asked(owner, 1) == "stopped key-not-valid"
    assert "suspended" in bench.run("list", bench.organisation)
    with bench.node.look() as view:
        found = devices.device(view, gate)
    assert found.state == "suspended"

    # Its successor takes its place by one entry, speaks, and is retired.
    two = tmp_path / "two"
    assert f"Enrolled as {successor}" in bench.enrol(two, successor, "--replaces", gate)
    assert scan(two, bench.url, successor, tmp_path / "two.queue", 1) == "accepted 1"
    rotated = _rotated(bench, two, successor, tmp_path)
    bench.run("place", successor, "99.7/dock-1", *bench.by)
    bench.run("retire", successor, "--reason", "stolen", *bench.by)
    last = scan(two, bench.url, successor, tmp_path / "two.queue", 1, 301)
    assert last == "stopped key-not-valid"
    shown = json.loads(bench.run("show", successor))
    assert (shown["state"], shown["place"], shown["replaces"]) == ("retired", "99.7/dock-1", gate)
    stops = (int(found.row["suspended"]["index"]), rotated)
    _audited(bench, tmp_path / "audit.json", stops, (gate, successor))


def _rotated(bench: Bench, folder: Path, device: str, home: Path) -> int:
    """Another key goes on with its stream; what the first one signed stands, and it signs nothing more. By which entry."""
    before, queue, stolen = home / "before", home / "two.queue", home / "stolen.queue"
    shutil.copytree(folder, before)
    # With the journal beside it.
    for part in home.glob(f"{queue.name}*"):
        shutil.copy(part, home / part.name.replace(queue.name, stolen.name))
    old, new, file = f"300:{device}", f"301:{device}", home / "301.pem"
    bench.run("new", str(file), group=keys)
    words = ("--new-key", str(file), "--author", f"300:{administrator}={bench.key}")
    at = ("--node", bench.url)
    said = bench.run("rotate", f"{old}={before / 'device.pem'}", new, *words, *at, group=keys)
    index = int(said.strip(" .\n").rpartition(" ")[2])
    shutil.copy(file, folder / "device.pem")
    assert scan(before, bench.url, device, stolen, 1) == "stopped key-not-valid"
    assert scan(folder, bench.url, device, queue, 1, 301) == "accepted 1"
    assert "was valid" in bench.run("valid", old, "--at", str(index), group=keys)
    told = bench.run("valid", old, "--at", str(index + 1), code=1, group=keys)
    assert f"was replaced by {new}" in told
    return index


def _audited(bench: Bench, told: Path, stops: tuple[int, int], names: tuple[str, str]) -> None:
    """What they signed before stands, by index, for whoever audits; nothing stands after."""
    stop, rotated = stops
    group = typer.Typer()
    group.command()(audit_log)
    text = bench.run("--json", str(told), group=group)
    first, second = json.loads(told.read_bytes())["devices"]
    assert (first["device"], second["device"]) == names
    assert (first["accepted"]["count"], first["after_last_stop"]) == (2, 0)
    assert first["stopped"] == [{"entry": stop, "how": "suspended", "why": "cloned"}]
    assert [one["seq"] for one in first["never_appended"]] == [0]
    assert first["accepted"]["last"] < stop
    first_stop, last_stop = second["stopped"]
    assert first_stop == {"entry": rotated, "how": "key replaced", "why": "replaced"}
    assert (second["accepted"]["count"], last_stop["why"]) == (2, "stolen")
    assert "suspended by entry" in text
    answer = httpx.get(f"{bench.url}/v1/entries/{stop}", timeout=patience_s).json()
    assert answer["body"] is not None, "the proof is for everybody"
