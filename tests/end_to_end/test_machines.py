"""A node that is really served, and a second process of it; programs with tokens and signatures; the operator's commands."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from fastapi.testclient import TestClient
from tests.patience import patience_s
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.machines.client_keys import ClientKeyRefused
from tallystick.app.machines.clients import ClientMissing, ClientScopeUnknown
from tallystick.app.machines.request_cli import RequestUnanswered
from tallystick.app.machines.signing import RequestSigner
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, NotEntitled, UnknownParty
from tallystick.ledger import Author, PrivateKey, SigningKey

root, listed = "99/O-ROOT000000000", "/finance/v1/certificates"
value = [{"index": 1, "type": "NAME", "data": "x"}]


@dataclass(frozen=True)
class Served:
    """`url` is that of `tallystick serve`; `beside` asks another application over the same database and folder."""

    settings: Settings
    organisation: str
    key: SigningKey
    key_file: Path
    url: str
    beside: TestClient
    log: Path

    def command(self, *words: object) -> Result:
        environment = {**self.settings.environment(), "COLUMNS": "200"}
        return CliRunner().invoke(cli, [str(word) for word in words], env=environment)

    def said(self, *words: object) -> list[str]:
        done = self.command(*words)
        assert done.exit_code == 0, done.output
        return done.stdout.split()


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served")
    port = _port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(home=home, verify_processes=0, base_url=url, log_format="json")
    node = Node.at(settings)
    node.create(NewLog("log.example/served/simulated", "99/L-LOG0000000000", root, {"en": "Root"}))
    private = PrivateKey.generate()
    with node.writer() as book:
        new = NewOrganisation({"en": "Owner"}, "core", prefix="99.7")
        owner = register_organisation(node, book, new)
        key = SigningKey(f"301:{owner}", private)
        jwk = private.public.jwk()
        body = AddKey(key=key.keyid, jwk=jwk, custody="self", types=("*",))
        writer = Author(book.origin, root, node.keys.get(f"300:{root}"), book.clock)
        (answer,) = book.append([writer.write("identity.key.add/1", body, endorsers=[key])])
        assert answer.outcome == "accepted"
        book.seal()
    (home / "program.pem").write_bytes(private.pem())
    log = home / "log.ndjson"
    with (
        _process(settings, log, "--port", str(port)),
        TestClient(create_app(node), base_url=url, client=("127.0.0.1", 5)) as beside,
    ):
        _wait(url, log)
        yield Served(settings, owner, key, home / "program.pem", url, beside, log)
    node.store.close()


@contextmanager
def _process(settings: Settings, log: Path, *words: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tallystick.app.main", "serve", "--no-worker", *words]
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=settings.environment(), stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, log: Path) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])


def test_a_program_gets_a_token_by_somebody_elses_library(served: Served) -> None:
    url, path = served.url, "/api/handles/99.7/BY-TOKEN"
    client_id, secret = served.said(
        "client", "add", served.organisation, "--name", "erp", "--scope", "identity:read",
        "--scope", "identity:write", "--scope", "finance:read",
    )  # fmt: skip
    with OAuth2Client(client_id, secret, scope="identity:read identity:write finance:read") as erp:
        token = erp.fetch_token(f"{url}/oauth/token", grant_type="client_credentials")
        assert erp.put(url + path, json=value).status_code == 201
        assert erp.get(f"{url}/v1/erasures").json()["code"] == "insufficient-scope"
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        # Keys, clients and what was taken back are those of all processes.
        assert served.beside.get(path, headers=bearer).json()["responseCode"] == 1
        assert client_id in served.command("client", "list").stdout
        served.said("client", "remove", client_id)
        until = time.monotonic() + patience_s
        while erp.get(url + listed).status_code == 200 and time.monotonic() < until:
            time.sleep(0.05)
        assert erp.get(url + listed).json()["code"] == "access-token-taken-back"
    _searched(served, secret, token["access_token"])


def test_a_program_proves_itself_by_its_key(served: Served, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = tmp_path / "public.pem"
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (client_id,) = served.said(
        "client", "add", served.organisation, "--name", "erp2", "--scope", "finance:read",
        "--public-key", public,
    )  # fmt: skip
    endpoint = f"{served.url}/oauth/token"
    by_key = PrivateKeyJWT(endpoint, alg="RS256")
    with OAuth2Client(client_id, pem, token_endpoint_auth_method=by_key) as erp:
        token = erp.fetch_token(endpoint, grant_type="client_credentials")
        assert token["scope"] == "finance:read"
        assert erp.get(served.url + listed).status_code == 200
    served.said("client", "token-key", "--at-once")
    told = httpx.get(
        served.url + listed, headers={"Authorization": f"Bearer {token['access_token']}"}
    )
    assert told.json()["code"] == "access-token-refused"
    _searched(served, token["access_token"])


def test_a_program_signs_its_requests(served: Served) -> None:
    url, path = served.url, "/api/handles/99.7/BY-KEY"
    with httpx.Client(auth=RequestSigner(served.key), timeout=patience_s) as program:
        assert program.put(url + path, json=value).status_code == 201
        assert program.get(f"{url}{path}?index=1").json()["responseCode"] == 1
        sent = program.get(url + listed)
    assert sent.status_code == 200
    # The same bytes once more, to either process: a nonce is spent for all of them.
    headers = dict(sent.request.headers)
    for told in (
        httpx.get(url + listed, headers=headers),
        served.beside.get(listed, headers=headers),
    ):
        assert (told.status_code, told.json()["code"]) == (401, "signature-replayed")
    moved = httpx.get(f"{url}{listed}?language=en", headers=headers)
    assert moved.json()["code"] == "signature-wrong"


def test_the_command_signs_as_a_program_does(served: Served, tmp_path: Path) -> None:
    body = tmp_path / "values.json"
    body.write_text(json.dumps(value))
    url, file = f"{served.url}/api/handles/99.7/BY-COMMAND", served.key_file
    key = ("--key", served.key.keyid, "--key-file", file)
    made = served.command("request", "put", url, *key, "--data", body)
    assert (made.exit_code, json.loads(made.stdout)["responseCode"]) == (0, 1)
    refused = served.command("request", "get", url, "--key", "301:99.7/X", "--key-file", file)
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["code"] == "signature-key-unknown"
    gone = served.command("request", "get", f"http://127.0.0.1:{_port()}/", *key)
    assert isinstance(gone.exception, RequestUnanswered)


def test_the_commands_refuse_what_makes_no_sense(served: Served, tmp_path: Path) -> None:
    add = ("client", "add", served.organisation, "--name", "erp3", "--scope")
    (tmp_path / "private.pem").write_bytes(PrivateKey.generate().pem())
    for words, error in (
        ((*add, "finance:all"), ClientScopeUnknown),
        ((*add, "finance:read", "--as", root), NotEntitled),
        (("client", "add", "99/O-NOBODY", "--name", "x", "--scope", "finance:read"), UnknownParty),
        ((*add, "finance:read", "--public-key", tmp_path / "private.pem"), ClientKeyRefused),
        (("client", "remove", "C-0000000000000"), ClientMissing),
        (("client", "rotate", "C-0000000000000"), ClientMissing),
    ):
        assert isinstance(served.command(*words).exception, error), words
    assert (
        served.command(
            "client", "add", served.organisation, "--name", "a b", "--scope", "finance:read"
        ).exit_code
        == 2
    )
    client_id, secret = served.said(*add, "finance:read")
    (fresh,) = served.said("client", "rotate", client_id, "--overlap-hours", 0)
    form = {"grant_type": "client_credentials"}
    statuses = [
        httpx.post(f"{served.url}/oauth/token", data=form, auth=(client_id, one)).status_code
        for one in (secret, fresh)
    ]
    assert statuses == [401, 200]
    _searched(served, secret, fresh)


def _searched(served: Served, *secrets: str) -> None:
    """No secret stands in the log of either process, nor in the database."""
    told = served.log.read_bytes()
    assert b'"refused"' in told
    files = list(served.settings.folder.glob("ledger.sqlite3*"))
    for secret in secrets:
        shapes = {secret.encode(), secret.split(".")[-1].encode()}
        for data in (told, *(path.read_bytes() for path in files)):
            assert not any(shape in data for shape in shapes)
