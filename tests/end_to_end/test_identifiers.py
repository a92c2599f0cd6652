"""One handle by every way there is: registered by PyHandle, asked for by six ways, proven offline from two nodes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pyhandle.client.resthandleclient import RESTHandleClient
from tests.end_to_end.handled import Handled, handled, prefix, secret
from tests.end_to_end.test_serving import free_port
from tests.end_to_end.test_witnessed import run
from tests.patience import patience_s

from tallystick.app.resolving.native import answering
from tallystick.app.settings import Settings
from tallystick.identity import ClaimName
from tallystick.ledger import Author, SystemClock, log_verifier, write_batch

handle = f"{prefix}/SN-1"
address = "https://maker.example/battery"
gtin, serial = "09521234543213", "SN1"


@contextmanager
def resolver(folder: Path, url: str) -> Iterator[Settings]:
    """`tallystick resolver serve` as a process of its own, which asks one node for everything."""
    settings = Settings(home=folder, resolver_port=free_port(), native_port=free_port())
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tallystick.app.main",
            "resolver",
            "serve",
            "--upstream",
            f"*={url}",
        ],
        env={**os.environ, **settings.environment()},
    )
    try:
        end = time.monotonic() + patience_s
        while not _answers(f"http://127.0.0.1:{settings.resolver_port}/healthz"):
            assert process.poll() is None, "it ended"
            assert time.monotonic() < end, "it did not come up"
            time.sleep(0.1)
        yield settings
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.HTTPError:
        return False


def _register(node: Handled) -> None:
    client = RESTHandleClient.instantiate_with_username_and_password(
        node.url, node.user, secret, handleowner=node.user, HTTPS_verify=False
    )
    client.register_handle(handle, location=address, NAME="电池")
    owner = node.organisation
    author = Author(node.book.origin, owner, node.node.keys.get(f"300:{owner}"), SystemClock())
    claim = ClaimName(handle=handle, scheme="sgtin", code=f"{gtin}(21){serial}")
    entry = author.write("identity.name.claim/1", claim)
    told = httpx.post(f"{node.url}/v1/entries", content=write_batch([entry])).json()
    assert told["results"][0]["outcome"] == "accepted", told


def _told(settings: Settings, *words: str) -> Any:
    done = run(settings, "handle", "resolve", handle, "--json", *words)
    assert done.returncode == 0, done.stderr
    return httpx.Response(200, text=done.stdout).json()


def test_one_handle_by_every_way(tmp_path: Path) -> None:
    port, native_port = free_port(), free_port()
    home, base_url = tmp_path / "node", f"http://127.0.0.1:{port}"
    told = {"port": port, "native_port": native_port, "base_url": base_url}
    with (
        handled(home, f"sqlite:///{tmp_path / 'log.sqlite'}", **told) as node,
        answering(node.node),
        resolver(tmp_path / "resolver", node.url) as second,
    ):
        _register(node)
        at_second = f"http://127.0.0.1:{second.resolver_port}"
        ways = {
            "HTTP": ("--at", node.url),
            "UDP": ("--udp", f"127.0.0.1:{native_port}"),
            "TCP": ("--tcp", f"127.0.0.1:{native_port}"),
            "HTTP of the resolver": ("--at", at_second),
            "UDP of the resolver": ("--udp", f"127.0.0.1:{second.native_port}"),
            "TCP of the resolver": ("--tcp", f"127.0.0.1:{second.native_port}"),
        }
        for way, words in ways.items():
            values = {one["type"]: one["data"]["value"] for one in _told(second, *words)["values"]}
            assert (values["URL"], values["NAME"]) == (address, "电池"), way
        link = httpx.get(f"{node.url}/01/{gtin}/21/{serial}")
        assert (link.status_code, link.headers["location"]) == (307, address)
        node.book.seal()
        for number, url in enumerate((node.url, at_second)):
            proof = httpx.get(f"{url}/api/handles/{handle}").json()["proof"]
            bundle = tmp_path / f"{number}.tally"
            bundle.write_bytes(httpx.get(proof).raise_for_status().content)
        with node.node.reader.open() as snapshot:
            log_key = log_verifier(snapshot.view).encode()
    # No node runs any more.
    for number in range(2):
        bundle = tmp_path / f"{number}.tally"
        done = run(second, "verify", str(bundle), "--log-key", log_key)
        assert done.returncode == 0, done.stderr
        assert handle in done.stdout
        assert address in done.stdout
        changed = bytearray(bundle.read_bytes())
        changed[changed.index(address.encode()) + 9] ^= 1
        bundle.write_bytes(changed)
        assert run(second, "verify", str(bundle), "--log-key", log_key).returncode == 1
