"""A real node: uvicorn, its worker over the filesystem broker, a device and a stranger's verification."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.patience import patience_s

from tallystick import scanners
from tallystick.app.bootstrap import Node
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import AddDevice, AddKey
from tallystick.ledger import (
    Author,
    Checker,
    PrivateKey,
    ProofFile,
    SigningKey,
    SystemClock,
    Verifier,
    audit,
    log_verifier,
    read_batch,
)
from tallystick.trace import builders


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(settings: Settings, *words: str, killed: bool = False) -> Iterator[httpx.Client]:
    """`tallystick serve` as a process of its own, ended as an operator ends it; or killed with its worker."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tallystick.app.main", "serve", *words],
        env={**os.environ, **settings.environment()},
        start_new_session=killed,
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", timeout=patience_s)
    try:
        until = time.monotonic() + patience_s
        while True:
            try:
                client.get("/readyz").raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield client
    finally:
        client.close()
        if killed:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(home=tmp_path, database_url=database_url, port=free_port(), verify_processes=0)


def test_a_scan_over_http_is_receipted_sealed_and_verified(settings: Settings) -> None:
    node = Node.at(settings)
    from tallystick.app.bootstrap import NewLog

    node.create(
        NewLog("log.example/serving", "99/L-SERVING00000", "99/O-SERVING00000", {"en": "Root"})
    )
    key = SigningKey("300:99.7/SCAN-1", PrivateKey.generate())
    with node.writer() as ledger:
        new = NewOrganisation({"en": "Maker"}, "supplier", prefix="99.7")
        handle = register_organisation(node, ledger, new)
        root = str(node.genesis()["root"])
        author = Author(ledger.origin, root, node.keys.get(f"300:{root}"), SystemClock())
        device = AddDevice(device="99.7/SCAN-1", organisation=handle, purpose="scanner")
        add_key = AddKey(
            key=key.keyid,
            jwk=key.private.public.jwk(),
            custody="hardware",
            types=("trace.capture/1",),
        )
        answers = ledger.append(
            [
                author.write("identity.device.add/1", device),
                author.write("identity.key.add/1", add_key, endorsers=[key]),
            ]
        )
        assert all(answer.accepted for answer in answers)
        verifier: Verifier = ledger.signer.verifier
    with serving(settings) as client:
        queue = scanners.Queue(
            settings.folder / "scan.sqlite3", "99.7/SCAN-1", "log.example/serving"
        )
        transport = scanners.HttpTransport(str(client.base_url))
        scan = scanners.Device(
            "99.7/SCAN-1", key, "log.example/serving", queue, transport, SystemClock()
        )
        event = builders.commissioning(
            ["urn:epc:id:sgtin:9521234.054321.7"], time="2026-01-05T01:00:00.000Z"
        )
        for _ in range(3):
            scan.capture([event | {"eventID": f"urn:uuid:{os.urandom(4).hex()}"}])
        done = scan.flush()
        assert done.accepted + len(done.refused) == 3
        assert done.accepted == 1, (
            "commissioned once; the second and third are refused and recorded"
        )
        assert scan.flush().waiting == 0
        size = _sealed_size(client)
        entry = client.get(f"/v1/entries/{size - 2}").json()
        assert entry["body"] is None, "the public reads no body"
        proof = ProofFile.parse(client.get(f"/log/proof/{size - 2}").text)
        import orjson

        from tallystick.ledger.canonical import encode

        covered = proof.verify(encode(orjson.loads(orjson.dumps(entry["envelope"]))), verifier)
        assert covered.size >= size - 1
        _published(settings, client)
        bad = client.post("/v1/entries", content=b'{"entries": [{"envelope": 1}]}')
        assert bad.status_code == 200
        assert bad.json()["results"][0]["problem"]["code"] == "request-malformed"
        assert client.post("/v1/entries", content=b"[").status_code == 400
        assert client.get("/metrics").status_code == 404, "metrics are on the operations port alone"
        assert client.get("/openapi.json").json()["info"]["title"] == "Tallystick"
    # A worker that was given /dev/null as its pid file once removed it on its way out.
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    found = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    assert found.refused == 2
    with node.reader.open() as snapshot:
        assert log_verifier(snapshot.view) == verifier
    assert read_batch(b'{"entries":[1]}')


def _sealed_size(client: httpx.Client) -> int:
    """The size of the first checkpoint that covers everything that is in the log now."""
    size = int(client.get("/readyz").json()["size"])
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        covered = int(client.get("/log/checkpoint").text.split("\n")[1])
        if covered >= size:
            return covered
        time.sleep(0.1)
    raise AssertionError("the log was not sealed in time")


def _published(settings: Settings, client: httpx.Client) -> None:
    """The worker writes the public files; they are those that the node serves."""
    folder = settings.folder / "public" / "log"
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        path = folder / "checkpoint"
        if path.exists() and path.read_text() == client.get("/log/checkpoint").text:
            size = int(path.read_text().split("\n")[1])
            name = f"tile/0/000.p/{size}"
            assert (folder / name).read_bytes() == client.get(f"/log/{name}").content
            return
        time.sleep(0.2)
    raise AssertionError("the worker did not publish the checkpoint")
