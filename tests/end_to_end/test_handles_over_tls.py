"""The Handle API over TLS: passwords, and certificates that clients sign themselves."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from tests.end_to_end.handled import Handled, handled, prefix
from tests.patience import patience_s

from tallystick.app import certificate_cli
from tallystick.app.handles.adding import NewUser, add_user
from tallystick.app.handles.users import User
from tallystick.app.settings import Settings
from tallystick.app.tls import TlsUnusable, transport
from tallystick.identity import challenge
from tallystick.ledger import SystemClock

value = [{"index": 1, "type": "NAME", "data": "x"}]
asks = {"Authorization": 'Handle clientCert="true"'}


def write(folder: Path, **more: Any) -> tuple[Path, Path]:
    """Certificate and key in files."""
    told = {"hosts": certificate_cli.hosts_default, "days": 2, **more}
    made = certificate_cli.make(SystemClock(), **told)
    folder.mkdir(exist_ok=True)
    paths = folder / "certificate.pem", folder / "key.pem"
    for path, data in zip(paths, (made.certificate, made.key), strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handled]:
    home = tmp_path_factory.mktemp("tls")
    certificate, key = write(home / "server")
    told = {"tls_certificate": certificate, "tls_key": key, "tls_clients": True}
    with handled(home, f"sqlite:///{home / 'log.sqlite'}", **told) as made:
        yield made


def client(node: Handled, shown: tuple[Path, Path] | None = None) -> httpx.Client:
    trusted = ssl.create_default_context(cafile=node.node.settings.tls_certificate)
    if shown:
        trusted.load_cert_chain(*shown)
    return httpx.Client(base_url=node.url, verify=trusted, timeout=patience_s, trust_env=False)


def user_with(node: Handled, shown: Path, handle: str) -> User:
    pem = shown.read_text()
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    jwk = challenge.write_key(key)
    new = NewUser(node.organisation, "HS_PUBKEY", handle=handle, jwk=jwk, certificate=pem)
    return add_user(node.node, node.book, node.users, new)


def test_by_password(node: Handled) -> None:
    with client(node) as asked:
        name = node.user.replace(":", "%3A")
        answer = asked.put(
            f"/api/handles/{prefix}/T-1", json=value, auth=(name, "correct horse battery")
        )
        assert (answer.status_code, answer.json()["responseCode"]) == (201, 1)
        assert asked.put(f"/api/handles/{prefix}/T-2", json=value).status_code == 401
        assert asked.get("/api/sessions/this", headers=asks).status_code == 401


def test_by_certificate(node: Handled, tmp_path: Path) -> None:
    """Also by one that was taken in while the node was serving."""
    handle = f"{prefix}/USER-CERT"
    shown = write(tmp_path / "user", user=f"301:{handle}")
    with client(node, shown) as asked, pytest.raises(httpx.HTTPError):
        asked.get("/healthz")
    user_with(node, shown[0], handle)
    with client(node, shown) as asked:
        for headers in (asks, {}):
            answer = asked.put(f"/api/handles/{prefix}/T-3", json=value, headers=headers)
            assert (answer.status_code, answer.json()["responseCode"]) in ((201, 1), (200, 1))
        session = asked.post("/api/sessions", headers=asks).json()
        assert (session["authenticated"], session["id"]) == (True, f"301:{handle}")


def test_a_certificate_that_names_somebody_else_is_nobodys(node: Handled, tmp_path: Path) -> None:
    shown = write(tmp_path / "user", user=node.user)
    user_with(node, shown[0], f"{prefix}/USER-OTHER")
    with client(node, shown) as asked:
        answer = asked.put(f"/api/handles/{prefix}/T-4", json=value)
        assert (answer.status_code, answer.json()["responseCode"]) == (403, 403)


def test_a_certificate_is_renewed_without_a_restart(node: Handled) -> None:
    before = ssl.get_server_certificate(_address(node))
    folder = node.node.settings.folder / "server"
    write(folder)
    # The one that comes first causes it to be read.
    ssl.get_server_certificate(_address(node))
    renewed = ssl.get_server_certificate(_address(node))
    assert renewed != before
    write(folder.parent / "another")
    (folder.parent / "another" / "certificate.pem").replace(folder / "certificate.pem")
    for _ in range(3):
        assert ssl.get_server_certificate(_address(node)) == renewed


def _address(node: Handled) -> tuple[str, int]:
    url = httpx.URL(node.url)
    return url.host, url.port or 0


def test_what_is_no_certificate_does_not_start(tmp_path: Path) -> None:
    certificate, key = write(tmp_path / "one")
    other = write(tmp_path / "two")[1]
    for told in (
        {"tls_certificate": certificate}, {"tls_key": key}, {"tls_clients": True},
        {"tls_certificate": certificate, "tls_key": other},
        {"tls_certificate": tmp_path / "none.pem", "tls_key": key},
    ):  # fmt: skip
        with pytest.raises(TlsUnusable):
            transport(Settings(home=tmp_path, **told), lambda: "")
