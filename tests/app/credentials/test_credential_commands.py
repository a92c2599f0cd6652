"""Certificates and declarations as issuers, holders and buyers type them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from tests.app.credentials.scene import certificate
from typer.testing import CliRunner, Result

from tallystick.app import receipts
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.credentials import cli as credential_cli
from tallystick.app.credentials import materials_cli, verify_cli
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity.credentials import Component
from tallystick.ledger import TallystickError, log_verifier

root = "99/O-ROOT000000000"


@dataclass
class Operator:
    """A node of a certifier, a supplier that holds `99.7`, and a buyer."""

    folder: Path
    certifier: str
    supplier: str
    buyer: str
    log_key: str

    def run(self, *arguments: str, code: int = 0) -> str:
        result = self.result(*arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result.output.strip()

    def refused(self, *arguments: str) -> str:
        error = self.result(*arguments).exception
        assert isinstance(error, TallystickError), error
        return error.code

    def result(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    def file(self, name: str, told: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(told), encoding="utf-8")
        return str(path)

    def issue(self, name: str, **more: Any) -> str:
        told = {**certificate.model_dump(mode="json"), "expiry": "2095-12-31", **more}
        made = self.file(name, told)
        return self.run("credential", "issue", made, "--as", self.certifier, "--to", self.supplier)

    def present(self, credential: str, name: str, *fields: str, nonce: str = "q-1") -> str:
        path = str(self.folder / name)
        chosen = [part for field in fields for part in ("--field", field)]
        self.run(
            "credential", "present", credential, path, "--as", self.supplier, "--to", self.buyer,
            "--nonce", nonce, *chosen,
        )  # fmt: skip
        return path

    def verify(self, path: str, *more: str, code: int = 0, nonce: str = "q-1") -> Any:
        given = ("--audience", self.buyer, "--log-key", self.log_key, "--nonce", nonce, "--json")
        result = self.result("credential", "verify", path, *given, *more)
        assert result.exit_code == code, (result.output, result.exception)
        # The node that is asked stands in the same process, and logs.
        return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_HOME", str(folder))
        patched.setenv("TALLYSTICK_DATABASE_URL", "")
        patched.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
        for module in (credential_cli, materials_cli, verify_cli):
            patched.setattr(module, "console", Console(width=250))
        node = Node.at(Settings())
        node.create(NewLog("credentials.example", "99/L-LOG0000000000", root, {"en": "Root"}))
        with node.writer() as ledger:
            new = [
                NewOrganisation({"en": name}, capacity, prefix=prefix)
                for name, capacity, prefix in (
                    ("Certifier", "auditor", ""), ("Supplier", "supplier", "99.7"), ("Buyer", "core", ""),
                )
            ]  # fmt: skip
            certifier, holder, buyer = (register_organisation(node, ledger, one) for one in new)
        with node.reader.open() as snapshot:
            log_key = log_verifier(snapshot.view).encode()
        yield Operator(folder, certifier, holder, buyer, log_key)


def test_one_buyer_gets_number_and_expiry_offline_and_revocation_ends_it(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done when 4, as it is typed."""
    name = operator.issue("iso.json")
    path = operator.present(name, "a.json", "number", "expiry")
    told = operator.verify(path)
    assert told["fields"] == {"number": certificate.number, "expiry": "2095-12-31"}
    assert (told["issuer"], told["holder"]) == (operator.certifier, operator.supplier)
    assert told["hidden"] == 5
    seen = str(operator.folder / "seen.json")
    operator.verify(path, "--seen", seen)
    again = operator.verify(path, "--seen", seen, code=1)
    assert again["error"]["code"] == "presentation-replayed"
    assert operator.verify(path, code=1, nonce="q-2")["error"]["code"] == "presentation-wrong-nonce"
    later = operator.verify(path, "--at", "2096-01-01T00:00:00Z", "--age-hours", "8784", code=1)
    assert later["error"]["code"] == "presentation-stale"
    spoken = operator.run(
        "credential", "verify", path, "--audience", operator.buyer, "--log-key", operator.log_key,
        "--nonce", "q-1",
    )  # fmt: skip
    assert "look again" in spoken
    operator.run("credential", "revoke", name, "--as", operator.certifier, "--reason", "withdrawn")
    fresh = operator.present(name, "b.json", "number")
    assert operator.verify(fresh, code=1)["error"]["code"] == "credential-revoked"
    # Whoever kept the old file asks the node what became of it since.
    with TestClient(create_app(Node.at(Settings()), None)) as client:
        monkeypatch.setattr(receipts.RemoteNode, "credential_proof", _asked(client))
        now = operator.verify(path, "--node", "http://node", code=1)
    assert now["error"]["code"] == "credential-revoked"
    assert "by entry" in now["error"]["detail"]


def _asked(client: TestClient) -> Any:
    return lambda _node, digest: client.get(f"/v1/credentials/{digest}/proof").content


def test_a_buyer_asks_and_a_supplier_shows(operator: Operator) -> None:
    ask = ("credential", "require", operator.supplier, "--as", operator.buyer)
    operator.run(*ask, "--kind", "iso-9001", "--kind", "iso-14001")
    assert operator.run("credential", "suppliers", "--as", operator.buyer).count("not-shown") == 2
    name = operator.issue("second.json", number="Q-2")
    show = ("--as", operator.supplier, "--to", operator.buyer)
    operator.run("credential", "show", name, *show, "--field", "kind", "--field", "number")
    paper = operator.folder / "paper.pdf"
    paper.write_bytes(b"%PDF-1.7 on paper")
    stated = operator.run(
        "credential", "state", str(paper), "--as", operator.supplier, "--kind", "iso-14001",
        "--expires", "2095-01-31",
    )  # fmt: skip
    operator.run("credential", "see", stated, "--as", root)
    operator.run("credential", "show", stated, *show)
    found = operator.run("credential", "suppliers", "--as", operator.buyer)
    assert found.count("valid") == 2
    assert "stated" in found
    mine = operator.run("credential", "list", "--as", operator.supplier)
    assert name in mine
    assert stated in mine
    assert "holder" in operator.run("credential", "reminders")


def test_what_is_typed_wrong(operator: Operator) -> None:
    name = operator.issue("third.json", number="Q-3")
    bad = operator.file("bad.json", {**certificate.model_dump(mode="json"), "expiry": "2026-02-30"})
    given = ("--as", operator.certifier, "--to", operator.supplier)
    assert operator.refused("credential", "issue", bad, *given) == "credential-file-refused"
    unknown = ("--as", operator.supplier, "--to", operator.buyer, "--field", "colour")
    assert operator.refused("credential", "show", name, *unknown) == "credential-field-unknown"
    others = ("--as", operator.buyer, "--to", operator.certifier)
    assert operator.refused("credential", "show", name, *others) == "credential-unknown"
    no_day = ("--as", operator.supplier, "--kind", "x", "--expires", "soon")
    assert operator.refused("credential", "state", bad, *no_day) == "credential-file-refused"
    path = operator.present(name, "c.json", "number")
    Path(path).write_bytes(Path(path).read_bytes()[:-9])
    verify = ("credential", "verify", path, "--audience", operator.buyer, "--log-key")
    assert operator.refused(*verify, operator.log_key, "--nonce", "n") == "credential-malformed"
    assert operator.result(*verify, operator.log_key).exit_code == 2


def test_declarations_are_rolled_up(operator: Operator) -> None:
    said = {
        "part": "99.7/CELL", "list": {"name": "SVHC", "version": "2025-06-25"}, "number": 1, "complete": True,
        "substances": [{"cas": "7439-92-1", "share_ppm": 400, "threshold_ppm": 1000}],
    }  # fmt: skip
    declared = operator.file("declared.json", said)
    name = operator.run("material", "declare", declared, "--as", operator.supplier)
    whole = Component(part="99.7/PACK", parts=(Component(part="99.7/CELL"),)).model_dump(
        mode="json"
    )
    bill = operator.file("bill.json", whole)

    def answer(*shown: str, code: int, version: str = "2025-06-25", more: str = "") -> str:
        found = [part for path in shown for part in ("--shown", path)] + ([more] if more else [])
        return operator.run(
            "material", "roll-up", bill, "--list", "SVHC", "--version", version, "--substance",
            "7439-92-1", "--audience", operator.buyer, "--log-key", operator.log_key, *found, code=code,
        )  # fmt: skip

    assert "not-declared" in answer(code=1)
    path = operator.present(name, "declaration.json", "7439-92-1")
    rolled = answer(path, code=0)
    assert "not-declared" not in rolled
    assert "1000 ppm, the declaration's own" in " ".join(rolled.split())
    assert "declared-above" in answer(path, code=1, more="--threshold-ppm=399")
    assert "400 ppm, yours" in " ".join(answer(path, code=0, more="--threshold-ppm=400").split())
    refused = operator.refused(
        "material", "roll-up", bill, "--list", "SVHC", "--version", "1", "--substance", "nonsense",
        "--audience", operator.buyer,
    )  # fmt: skip
    assert refused == "substance-number-refused"
    assert "not-declared" in answer(path, code=1, version="2024-01-01")
    # Shown through the log: until then, and once it is revoked, nobody declared anything.
    assert "not-declared" in answer(code=1, more="--from-log")
    show = ("--as", operator.supplier, "--to", operator.buyer, "--field", "7439-92-1")
    operator.run("credential", "show", name, *show)
    assert "not-declared" not in answer(code=0, more="--from-log")
    revoke = ("--as", operator.supplier, "--reason", "wrong")
    operator.run("credential", "revoke", name, *revoke)
    assert "not-declared" in answer(code=1, more="--from-log")
