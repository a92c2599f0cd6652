"""`tallystick handle user` and `tallystick certificate`, as an operator types them."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.app.handles.conftest import Asked
from typer.testing import CliRunner, Result

from tallystick.app.cli import cli
from tallystick.app.handles import HandleUsers
from tallystick.app.handles.errors import HandleSecretRefused, HandleUserMissing
from tallystick.app.main import commands
from tallystick.app.settings import Settings
from tallystick.identity import resolve
from tallystick.identity.rest.challenge import LoginKeyRefused


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "")
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def typed(*words: Any) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def said(*words: Any) -> list[str]:
    done = typed(*words)
    assert done.exit_code == 0, done.output
    return done.stdout.split()


def test_users_are_added_listed_and_removed(home: Path, tmp_path: Path) -> None:
    typed("init")
    (organisation,) = said(
        "organisation", "add", "--name-en", "Owner", "--capacity", "core", "--prefix", "99.7"
    )
    user, secret = said("handle", "user", "add", organisation)
    assert user.startswith("301:99.7/USER-")
    users = HandleUsers(home, _node().master)
    assert users.secret(users.all()[0]).decode() == secret
    assert stat.S_IMODE((home / "handle-users.json").stat().st_mode) == 0o600
    public = tmp_path / "key.pem"
    key = rsa.generate_private_key(65537, 2048).public_key()
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (by_key,) = said(
        "handle", "user", "add", organisation, "--public-key", public, "--handle", "99.7/KEY"
    )
    assert by_key == "301:99.7/KEY"
    told = typed("handle", "user", "list").stdout
    assert user in told
    assert "HS_PUBKEY" in told
    assert secret not in told
    said("handle", "user", "remove", "99.7/KEY")
    assert "99.7/KEY" not in typed("handle", "user", "list").stdout
    with _node().reader.open() as snapshot:
        record = resolve(snapshot.view, "99.7/KEY")
    assert record is not None
    entry_key = next(value for value in record.values if value.index == 300)
    assert entry_key.value["reason"] == "retired"
    assert isinstance(typed("handle", "user", "remove", "99.7/KEY").exception, HandleUserMissing)
    _refused(organisation, tmp_path)


def _refused(organisation: str, folder: Path) -> None:
    weak, short = folder / "weak.pem", folder / "short"
    key = rsa.generate_private_key(65537, 1024).public_key()
    weak.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    short.write_text("123")
    add = ("handle", "user", "add", organisation)
    assert isinstance(typed(*add, "--public-key", weak).exception, LoginKeyRefused)
    assert typed(*add, "--public-key", weak, "--secret-file", short).exit_code == 2
    before = HandleUsers(Settings().folder, _node().master).all()
    with _node().reader.open() as snapshot:
        size = snapshot.size()
    assert isinstance(typed(*add, "--secret-file", short).exception, HandleSecretRefused)
    assert HandleUsers(Settings().folder, _node().master).all() == before
    with _node().reader.open() as snapshot:
        assert snapshot.size() == size


def _node() -> Any:
    from tallystick.app.bootstrap import Node

    return Node.existing(Settings())


def test_a_certificate_for_a_server_and_for_a_user(home: Path, tmp_path: Path) -> None:
    said("certificate", tmp_path / "server", "--host", "node.example", "--host", "192.0.2.1")
    path = tmp_path / "server" / "certificate.pem"
    names = x509.load_pem_x509_certificate(path.read_bytes()).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == ["node.example"]
    assert stat.S_IMODE((tmp_path / "server" / "key.pem").stat().st_mode) == 0o600
    said("certificate", tmp_path / "user", "--user", "301:99.7/U")
    shown = x509.load_pem_x509_certificate((tmp_path / "user" / "certificate.pem").read_bytes())
    assert shown.subject.rfc4514_string() == "UID=301:99.7/U"
    assert not home.exists()


def test_a_user_is_not_added_twice(asked: Asked) -> None:
    from tallystick.app.handles.errors import HandleUserExists

    user = asked.add()
    with pytest.raises(HandleUserExists):
        asked.add(handle=user.handle)
    with pytest.raises(HandleUserExists):
        asked.add(handle=user.handle, index=302)
    assert {"handle", "certificate"} <= commands.keys()
