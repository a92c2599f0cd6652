"""Keys as an operator and officers type them: valid when, replaced, recovered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from rich.console import Console
from tests.app.test_export_commands import tallystick
from tests.identity.keys.answering import Says
from tests.identity.keys.authority import issue, name
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.keys import acts_cli, binding_cli
from tallystick.app.keys import cli as keys_cli
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.people import pending_cli, saying
from tallystick.app.saying import Way
from tallystick.app.settings import Settings
from tallystick.identity import AddDevice, AddKey, AddPerson, uscc_with_check
from tallystick.ledger import PrivateKey, SigningKey, TallystickError, log_verifier

admins = ("99/P-ADMIN10000000", "99/P-ADMIN20000000")
device = "99.1/scanner"


@dataclass
class Firm:
    """A node with a firm of two administrators and a scanner, their keys in files."""

    handle: str
    home: Path

    def run(self, *arguments: str, code: int = 0, group: str = "key") -> str:
        result = self.result(*arguments, group=group)
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    def refused(self, *arguments: str, group: str = "key") -> str:
        error = self.result(*arguments, group=group).exception
        assert isinstance(error, TallystickError), error
        return error.code

    def result(self, *arguments: str, group: str = "key") -> Result:
        return CliRunner().invoke(cli, [group, *arguments])

    def file(self, reference: str) -> str:
        """`KEY=FILE` for --sign and --by."""
        return f"{reference}={self.path(reference)}"

    def path(self, reference: str) -> str:
        return str(self.home / reference.replace("/", "_"))

    @property
    def log_key(self) -> str:
        with Node.existing(Settings()).reader.open() as snapshot:
            return log_verifier(snapshot.view).encode()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_HOME", str(home))
        patched.setenv("TALLYSTICK_DATABASE_URL", "")
        patched.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
        for module in (keys_cli, acts_cli, binding_cli, pending_cli, saying):
            patched.setattr(module, "console", Console(width=250))
        yield _made(tmp_path_factory.mktemp("files"))


def _made(files: Path) -> Firm:
    node, root = Node.at(Settings()), "99/O-ROOT000000000"
    node.create(NewLog("keys.example", "99/L-LOG0000000000", root, {"en": "Root"}))
    with node.writer() as ledger:
        firm = Firm(
            register_organisation(
                node, ledger, NewOrganisation({"en": "F"}, "core", prefix="99.1")
            ),
            files,
        )
    own = _key(firm, f"301:{firm.handle}")
    way = Way(node)
    root_key = node.keys.get(f"300:{root}")
    way.say("identity.key.add/1", _added(own, ("*",)), [root_key, own])
    for person in admins:
        told = AddPerson(person=person, organisation=firm.handle, roles=("administrator",))
        way.say("identity.person.add/1", told, [own])
        key = _key(firm, f"300:{person}")
        way.say("identity.key.add/1", _added(key, ("*",)), [own, key])
    scanner = AddDevice(device=device, organisation=firm.handle, purpose="scanner")
    way.say("identity.device.add/1", scanner, [own])
    key = _key(firm, f"300:{device}")
    way.say("identity.key.add/1", _added(key, ("trace.capture/1",)), [own, key])
    return firm


def _key(firm: Firm, reference: str) -> SigningKey:
    private = PrivateKey.generate()
    private.save(Path(firm.path(reference)))
    return SigningKey(reference, private)


def _added(key: SigningKey, types: tuple[str, ...]) -> AddKey:
    jwk = key.private.public.jwk()
    return AddKey(key=key.keyid, jwk=jwk, custody="self", types=types)


def test_a_device_key_is_replaced_by_a_draft_that_three_keys_sign(firm: Firm) -> None:
    old, new = f"300:{device}", f"301:{device}"
    own = f"301:{firm.handle}"
    assert '"crv":"Ed25519"' in firm.run("new", firm.path(new))
    assert firm.refused("rotate", old, new, "--new-key", firm.path(new), "--author", firm.file(old)) == (
        "said-wrongly"
    )  # fmt: skip
    draft = str(firm.home / "draft")
    typed = ("rotate", old, new, "--new-key", firm.path(new), "--author", firm.file(own))
    assert draft in firm.run(*typed, "--draft", draft)
    assert "rotation-refused" in firm.refused("sign", draft, "--send")
    assert firm.refused("sign", draft, "--sign", firm.file(own)) == "draft-refused"
    shown = firm.run("sign", draft, "--sign", firm.file(old), "--send")
    assert "identity.key.rotate/1" in shown
    index = int(shown.rpartition("Entry ")[2].strip(" .\n"))
    assert "was valid" in firm.run("valid", old, "--at", str(index))
    told = firm.run("valid", old, "--at", str(index + 1), code=1)
    assert f"was replaced by {new}" in told
    assert "not registered yet" in firm.run("valid", new, "--at", str(index - 1), code=1)
    listed = firm.run("list", device)
    assert "rotated" in listed
    assert "self-held" in listed


def test_a_devices_key_is_given_the_types_of_its_class(firm: Firm) -> None:
    new, own = f"305:{device}", firm.file(f"301:{firm.handle}")
    firm.run("new", firm.path(new))
    typed = ("add", new, "--new-key", firm.path(new), "--author", own)
    assert firm.refused(*typed, "--type", "*") == "outside-device-class"
    firm.run(*typed)
    assert "trace.capture/1" in firm.run("list", device)
    firm.run("revoke", new, "--author", own, "--reason", "retired")


def test_a_key_that_the_node_keeps_is_made_once_and_replaced_by_the_firms_own(firm: Firm) -> None:
    service, own = "99.1/erp", firm.file(f"301:{firm.handle}")
    node = Node.existing(Settings())
    told = AddDevice(device=service, organisation=firm.handle, purpose="service")
    key = SigningKey(
        f"301:{firm.handle}", PrivateKey.from_pem(Path(own.partition("=")[2]).read_bytes())
    )
    Way(node).say("identity.device.add/1", told, [key])
    held = ("--custody", "node", "--author", own)
    assert firm.refused("add", f"300:{service}", "--author", own) == "said-wrongly"
    assert (
        firm.refused("add", f"300:{service}", *held, "--type", "*", "--type", "x") == "said-wrongly"
    )
    firm.run("add", f"300:{service}", *held)
    firm.run("rotate", f"300:{service}", f"301:{service}", "--author", own)
    assert "was valid. Custody: node" in firm.run("valid", f"301:{service}")
    gone = ("revoke", f"301:{service}", "--author", own, "--reason", "retired")
    firm.run(*gone)
    assert firm.refused(*gone) == "already-registered"


def test_two_officers_recover_the_firms_key_and_anybody_has_the_proof(firm: Firm) -> None:
    lost, new = f"300:{firm.handle}", f"302:{firm.handle}"
    firm.run("new", firm.path(new), "--suite", "ecdsa-p256-sha256")
    typed = ("recover", lost, new, "--new-key", firm.path(new))
    first, second = (("--author", firm.file(f"300:{one}")) for one in admins)
    name = firm.run(*typed, *first).split("approve ")[1].split()[0]
    waiting = json.loads(firm.run("show", name, group="pending"))
    assert waiting["persons"] == [admins[0]]
    assert firm.refused("approve", name, *first, group="pending") == "same-person"
    assert firm.refused("approve", "0" * 64, *first, group="pending") == "proposal-unknown"
    told = firm.run("approve", name, *second, group="pending")
    index = int(told.strip(" .\n").rpartition(" ")[2])
    assert "Nothing waits" in firm.run("list", firm.handle, group="pending")
    people = firm.run("officers", *admins, *first)
    assert "approve" in people
    proof = firm.home / "key.tally"
    told = json.loads(
        firm.result("valid", lost, "--at", str(index + 1), "--proof", str(proof), "--json").stdout
    )
    assert (told["state"], told["replaced_by"], told["until"]) == ("revoked", new, index + 1)
    shown = CliRunner().invoke(cli, ["verify", str(proof), "--log-key", firm.log_key])
    assert shown.exit_code == 0, shown.output
    assert f"entry {index} had ended it (lost)" in " ".join(shown.output.split())


def test_a_key_is_bound_by_the_certificates_key_once(firm: Firm) -> None:
    number = uscc_with_check("91350211M000100Y4")
    authority = issue(name("Test CA"), ca=True)
    leaf = issue(name("F", (NameOID.SERIAL_NUMBER, number)), authority)
    node = Node.existing(Settings())
    root = str(node.genesis()["root"])
    with node.writer() as ledger:
        new = NewOrganisation({"en": "G"}, "supplier", scheme="uscc", number=number)
        other = register_organisation(node, ledger, new)
    own = f"301:{other}"
    firm.run("new", firm.path(own))
    firm.run("add", own, "--new-key", firm.path(own), "--author", f"300:{root}")
    ca, certificate, told, signed, answer, wrong = (
        firm.home / one for one in ("ca.pem", "leaf.der", "told", "signed", "ocsp", "wrong")
    )
    ca.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    certificate.write_bytes(leaf.certificate.public_bytes(serialization.Encoding.DER))
    now = datetime.now(UTC).replace(microsecond=0)
    says = Says(leaf, authority, this_update=now - timedelta(hours=1), next_update=None)
    answer.write_bytes(says.der())
    wrong.write_bytes(b"good")
    by = ("--author", firm.file(own))
    firm.run("anchor-list", str(ca), "--name", "Test CA", "--author", f"300:{root}")
    assert authority.sha256 in firm.run("anchors")
    firm.run("to-bind", own, "--out", str(told))
    signed.write_bytes(base64.b64decode(leaf.sign(told.read_bytes())))
    typed = ("bind", own, "--certificate", str(certificate), "--anchor", authority.sha256)
    status = ("--status", str(answer))
    assert firm.refused(*typed, "--signature", str(wrong), *by) == "certificate-refused"
    signature = ("--signature", str(signed))
    assert firm.refused(*typed, *signature, *by, "--status", str(ca)) == "ca-answer-unreadable"
    firm.run(*typed, *signature, *by, *status)
    assert "CA-bound, good as of" in firm.run("valid", own)
    found = json.loads(firm.run("valid", own, "--json"))
    assert found["certificate"]["status"]["time"] == f"{says.this_update:%Y-%m-%dT%H:%M:%S}.000Z"
    assert (found["binding"], found["certificate"]["number"]) == ("CA-bound", number)
    gone = ("anchor-withdraw", authority.sha256, "--reason", "ended", "--author", f"300:{root}")
    firm.run(*gone)
    assert "CA-bound" in firm.run("list", other)


def test_over_http_the_answer_and_its_proof_come_from_one_address(firm: Firm) -> None:
    from fastapi.testclient import TestClient

    from tallystick.app.bundles.pins import read_pins
    from tallystick.app.bundles.verify import verify

    with TestClient(create_app(Node.existing(Settings()))) as http:
        reference = f"301:{firm.handle}"
        told = http.get(f"/v1/keys/{reference}", params={"at": 3}).json()
        assert (told["owner"], told["at"], told["binding"]) == (firm.handle, 3, "self-held")
        assert told["certificate"] is None
        answer = http.get(told["proof"]["url"], headers={"Accept": told["proof"]["accept"]})
        assert answer.headers["Vary"] == "Accept"
        said = verify(answer.content, read_pins(firm.log_key, "", ""))
        assert [one.says for one in said][-2:] == ["key.at.not-yet", "key.at.self-held"]
        assert told["state"] == "not-yet"
        every = http.get("/v1/keys", params={"owner": firm.handle}).json()
        assert reference in [one["key"] for one in every]
        for path, code in (
            ("/v1/keys/309:99/NOBODY", "key-unknown"),
            ("/v1/keys/nothing", "key-unknown"),
            (f"/v1/keys/{reference}?at=999999", "as-of-beyond-log"),
            (f"/v1/keys/{reference}?at=soon", "as-of-malformed"),
        ):
            assert http.get(path).json()["code"] == code


def test_an_auditor_without_a_suite_exits_2_and_names_the_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done when 5: with it, the log is sound; without it, it is not said to be."""
    home, key = tmp_path / "home", str(tmp_path / "sm2.pem")
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    made = tallystick(home, "init", "--origin", "sm.example/simulated", "--suite", "sm2-sm3")
    assert made.returncode == 0, made.stderr
    assert (
        tallystick(home, "key", "new", key, "--suite", "sm2-sm3", "--user-id", "A").returncode == 0
    )
    root = str(Node.existing(Settings(home=home)).genesis()["root"])
    typed = ("--author", f"300:{root}", "--new-key", key, "--type", "finance.*")
    said = tallystick(home, "key", "add", f"301:{root}", *typed)
    index = said.stdout.strip().removeprefix("Entry ").rstrip(".")
    assert tallystick(home, "audit").returncode == 0
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    monkeypatch.setenv("TALLYSTICK_LIBCRYPTO", "none")
    for more in ((), ("--no-rules",)):
        done = tallystick(home, "audit", "--json", str(report), "--html", str(page), *more)
        assert done.returncode == 2, done.stdout
        assert f"NOT CHECKED sm2-sm3: entries {index}" in " ".join(done.stderr.split())
        told = json.loads(report.read_bytes())
        assert (told["verdict"], told["unchecked"]) == ("not checked", [int(index)])
        assert "没有核对" in page.read_text(encoding="utf-8")
    lacking = tallystick(home, "init", "--suite", "ml-dsa-65")
    assert (lacking.returncode, "suite-lacking" in lacking.stderr) == (2, True)
