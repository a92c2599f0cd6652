"""A key bound to a certificate of SM2 as it is typed, with OpenSSL as the CA and as the UKey."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from tests.app.test_export_commands import tallystick
from tests.identity.keys.openssl_ca import OpensslCa, ca_extensions, openssl_ca

from tallystick.app.bootstrap import Node
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import uscc_with_check
from tallystick.ledger import log_verifier

number = uscc_with_check("91350211M000100Y4")


@dataclass
class Typed:
    """A log with a firm, and OpenSSL's files."""

    home: Path
    ca: OpensslCa
    firm: str
    root: str

    @property
    def key(self) -> str:
        return f"301:{self.firm}"

    @property
    def by(self) -> tuple[str, str]:
        return "--author", f"{self.key}={self.home / 'firm.pem'}"

    @property
    def log_key(self) -> str:
        with Node.existing(Settings(home=self.home)).reader.open() as snapshot:
            return log_verifier(snapshot.view).encode()

    def done(self, *arguments: str) -> str:
        said = tallystick(self.home, *arguments)
        assert said.returncode == 0, said.stderr
        return said.stdout

    def refused(self, *arguments: str) -> str:
        """The code of the error."""
        said = tallystick(self.home, *arguments)
        assert said.returncode == 2, said.stdout
        return said.stderr.partition(":")[0]

    def list_ca(self) -> tuple[str, ...]:
        return ("key", "anchor-list", self.ca.pem("CA"), "--name", "SM CA", "--author", f"300:{self.root}")  # fmt: skip

    def bind(self, signature: Path, *more: str) -> tuple[str, ...]:
        anchor = self.ca.certificate("CA").fingerprint(hashes.SHA256()).hex()
        chain = ("--certificate", str(self.home / "firm.der"), "--certificate", self.ca.pem("Companies"))  # fmt: skip
        told = ("--anchor", anchor, "--signature", str(signature), *self.by)
        return ("key", "bind", self.key, *chain, *told, *more)


def begun(tmp_path: Path, *suite: str) -> Typed:
    """A log, with a firm whose number the node checked, and a CA that certified it."""
    ca, home = openssl_ca(tmp_path), tmp_path / "home"
    said = tallystick(home, "init", "--origin", "sm.example/simulated", *suite)
    assert said.returncode == 0, said.stderr
    node = Node.existing(Settings(home=home))
    with node.writer() as ledger:
        new = NewOrganisation({"zh": "厂"}, "supplier", scheme="uscc", number=number)
        firm = register_organisation(node, ledger, new)
    made = Typed(home, ca, firm, str(node.genesis()["root"]))
    file = str(home / "firm.pem")
    made.done("key", "new", file)
    made.done("key", "add", made.key, "--new-key", file, "--author", f"300:{made.root}")
    ca.root("CA")
    ca.issue("Companies", "CA", extensions=ca_extensions)
    subject = f"/CN=厂/organizationIdentifier=NTRCN-{number}"
    leaf = ca.issue("Firm", "Companies", subject=subject)
    (home / "firm.der").write_bytes(leaf.public_bytes(serialization.Encoding.DER))
    return made


def test_bound_audited_and_not_checked_without_the_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = begun(tmp_path, "--suite", "sm2-sm3")
    told, signed, wrong = (typed.home / one for one in ("told", "signed", "wrong"))
    answer = typed.home / "ocsp"
    answer.write_bytes(typed.ca.response("Firm", "Companies", digest="sm3"))
    # Ledger time is not before the answer, however slow the machine: an entry comes after it.
    typed.done(*typed.list_ca())
    typed.done("key", "to-bind", typed.key, "--out", str(told))
    typed.ca.sign("Firm", told, signed)
    typed.ca.sign("CA", told, wrong)
    status = ("--status", str(answer))
    assert typed.refused(*typed.bind(wrong)) == "certificate-not-signed"
    assert typed.refused(*typed.bind(signed, "--status", str(signed))) == "ca-answer-unreadable"
    with monkeypatch.context() as lacking:
        lacking.setenv("TALLYSTICK_LIBCRYPTO", "none")
        assert typed.refused(*typed.bind(signed, *status)) == "suite-lacking"
    index = typed.done(*typed.bind(signed, *status)).strip().removeprefix("Entry ").rstrip(".")
    proof = str(typed.home / "valid.tally")
    assert "CA-bound" in typed.done("key", "valid", typed.key, "--at", index, "--proof", proof)
    assert tallystick(typed.home, "audit").returncode == 0
    bundle, log_key = str(typed.home / "key.tally"), typed.log_key
    typed.done("bundle", "make", bundle, "--key", typed.key, "--replay")
    verify = ("verify", bundle, "--log-key", log_key, "--replay")
    assert "accept each of them" in " ".join(typed.done(*verify).split())
    report = typed.home / "report.json"
    monkeypatch.setenv("TALLYSTICK_LIBCRYPTO", "none")
    done = tallystick(typed.home, "audit", "--json", str(report))
    assert done.returncode == 2, done.stdout
    assert f"NOT CHECKED sm2-sm3: entries {index}" in " ".join(done.stderr.split())
    found = json.loads(report.read_bytes())
    assert (found["verdict"], found["unchecked"]) == ("not checked", [int(index)])
    assert typed.refused(*verify) == "bundle-suite-lacking"
    shown = " ".join(typed.done("verify", proof, "--log-key", log_key).split())
    assert "The certificate is not checked here" in shown


def test_a_log_that_does_not_admit_the_suite(tmp_path: Path) -> None:
    typed = begun(tmp_path)
    assert typed.refused(*typed.list_ca()) == "certificate-refused"
    assert "SM CA" not in typed.done("key", "anchors")
