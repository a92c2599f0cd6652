"""Quorum certificates as people make and verify them: real commands, real HTTP between log and witnesses."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from tests.app.witness.test_commands import refused, run
from tests.ledger.bls.signers import key, names, quorum
from tests.ledger.bls.test_logged import rogue
from tests.ledger.witness.history import cosigner

from tallystick.app import certifying, log_quorum_cli, witnessing
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.app.witness import cli as witness_cli
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.serving import create_app
from tallystick.ledger import (
    Note,
    PublicKey,
    SystemClock,
    Verifier,
    auditor_reader,
    bls,
    log_verifier,
    witness,
)

w1, w2 = names[:2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    for module in (witness_cli, log_quorum_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path / "home"


def write(folder: Path, name: str, data: str) -> Path:
    path = folder / name
    path.write_text(data, encoding="utf-8")
    return path


@dataclass
class Rig:
    """A log under two witnesses that this process runs, each with its BLS key."""

    folder: Path
    log_key: str

    def certify(self, *arguments: object) -> Note:
        done = run("log", "quorum", "certify", *arguments)
        assert done.exit_code == 0, done.exception
        return Note.parse(done.stdout)


class Routed(httpx.BaseTransport):
    """Each witness at its own address, without sockets."""

    def __init__(self, apps: dict[str, TestClient]) -> None:
        self.apps = apps

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        app = self.apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("no route")
        answer = app.post(request.url.path, content=request.read())
        sent = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=sent)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    homes = [WitnessHome(tmp_path / name) for name in ("one", "two")]
    vkeys = [home.create(name) for home, name in zip(homes, (w1, w2), strict=True)]
    lines = [home.make_quorum_key().public.encode() for home in homes]
    file = write(tmp_path, "lines", "".join(f"{line}\n" for line in lines))
    made = run("log", "quorum", "make", file, "--threshold", 2)
    assert made.exit_code == 0
    text = [f"witness {n} {k.encode()} http://{n}" for n, k in zip("ab", vkeys, strict=True)]
    policy = write(tmp_path, "policy", "\n".join([*text, "group both all a b", "quorum both", ""]))
    chosen = write(tmp_path, "quorum", made.stdout)
    origin = ("--origin", "log.example/tests")
    assert (
        run("init", *origin, "--policy", policy, "--quorum", chosen, "--ungoverned").exit_code == 0
    )
    node = Node.at(Settings())
    with node.reader.open() as snapshot:
        log: Verifier = log_verifier(snapshot.view)
    with ExitStack() as stack:
        apps: dict[str, TestClient] = {}
        for name, home in zip("ab", homes, strict=True):
            home.add_log(log)
            opened = stack.enter_context(home.open(SystemClock()))
            signing = home.quorum_key()
            assert signing
            apps[name] = TestClient(create_app(opened, bls.CertificateSigner(opened, signing)))
        client = httpx.Client
        monkeypatch.setattr(httpx, "Client", lambda **_given: client(transport=Routed(apps)))
        yield Rig(tmp_path, log.encode())


def cosign() -> None:
    """A round of the node's worker."""
    node = Node.at(Settings())
    with node.reader.open() as snapshot:
        newest = snapshot.checkpoint()
    assert newest
    witnessing.cosign(node, str(newest[0]))


def test_from_key_lines_to_a_verified_certificate(rig: Rig, home: Path) -> None:
    missing = refused("log", "quorum", "certify")
    assert isinstance(missing, bls.SignersMissing), "nobody has cosigned it yet"
    assert "no line is by" in missing.detail
    cosign()
    made = rig.certify()
    assert len(made.signatures) == 4
    published = run("log", "checkpoint").stdout
    assert published == made.encode() or sorted(published.splitlines()) == sorted(
        made.encode().splitlines()
    )
    assert rig.certify("--size", 2).text == made.text
    assert isinstance(refused("log", "quorum", "certify", "--size", 99), certifying.NoCheckpoint)
    shown = run("log", "quorum", "show").stdout
    assert "needs 2 of 2" in shown
    assert "does not replace the log's policy" in shown
    assert run("audit").exit_code == 0

    note = write(rig.folder, "note", made.encode())
    quorum_file = write(rig.folder, "file", run("log", "quorum", "file").stdout)
    verify = ("log", "quorum", "verify", note, "--log-key", rig.log_key)
    good = run(*verify, "--quorum", quorum_file)
    assert good.exit_code == 0
    assert "2 of these 2 signed, 2 are needed" in good.stdout
    assert "nothing about the log's policy" in good.stdout
    from_genesis = run(*verify, "--genesis", write(rig.folder, "0.json", genesis()))
    assert from_genesis.stdout == good.stdout
    assert quorum_file.read_text() == bls.Registered.from_file(quorum_file.read_text()).to_file()
    assert run(*verify).exit_code == 2, "one of --quorum and --genesis"


def genesis() -> str:
    """What the node answers to `GET /v1/entries/0`, as far as it is read."""
    with Node.at(Settings()).reader.open() as snapshot:
        found = snapshot.disclose(0, auditor_reader)
    body = base64.b64encode(found.body or b"").decode()
    return json.dumps({"envelope": json.loads(found.row.leaf), "body": body})


def test_what_does_not_verify_is_said(rig: Rig) -> None:
    cosign()
    made = rig.certify().encode()
    quorum_file = write(rig.folder, "file", run("log", "quorum", "file").stdout)

    def said(note: str, log_key: str = rig.log_key, file: Path = quorum_file) -> str:
        path = write(rig.folder, "note", note)
        done = run("log", "quorum", "verify", path, "--log-key", log_key, "--quorum", file)
        assert done.exit_code == 1
        return done.stdout

    other = Verifier("log.example/tests", key_of_another()).encode()
    assert "not signed by log.example/tests" in said(made, other)
    without = "".join(line for line in made.splitlines(True) if "/quorum " not in line)
    assert "bears no certificate" in said(without)
    assert "bears no certificate" in said(made, file=write(rig.folder, "q", quorum(2, 2).to_file()))
    bad = write(rig.folder, "q", rogue().to_file())
    assert "proof of possession fails" in said(made, file=bad)
    assert "quorum text is malformed" in said(made, file=write(rig.folder, "q", "nonsense"))
    assert isinstance(
        refused("log", "quorum", "verify", rig.folder / "none", "--log-key", rig.log_key, "--quorum",
                quorum_file), type(refused("log", "note", rig.folder / "none"))
    )  # fmt: skip


def key_of_another() -> PublicKey:
    return cosigner(w1).key


def test_a_quorum_is_made_of_proven_keys_alone(home: Path, tmp_path: Path) -> None:
    lines = [key(name).public.encode() for name in names]
    files = [write(tmp_path, f"{n}", f"{line}\n") for n, line in enumerate(lines)]
    made = run("log", "quorum", "make", *files, "--threshold", 2)
    assert made.stdout == quorum().to_file()
    assert "2 of 3" in run("log", "quorum", "show", write(tmp_path, "made", made.stdout)).stdout
    name, public, _ = lines[0].split(" ")
    swapped = write(tmp_path, "swapped", f"{name} {public} {lines[1].split(' ')[2]}\n")
    assert isinstance(refused("log", "quorum", "make", swapped, "--threshold", 1), bls.RogueKey)
    much = refused("log", "quorum", "make", *files, "--threshold", 4)
    assert isinstance(much, bls.QuorumTextRefused)
    refusal = refused("init", "--quorum", write(tmp_path, "q", made.stdout))
    assert isinstance(refusal, bls.SignerNotWitness), "without a policy there are no witnesses"
    assert not (home / "keys").exists(), "nothing is half-made"
    run("init")
    assert isinstance(refused("log", "quorum", "file"), bls.NoQuorumText)
    assert isinstance(refused("log", "quorum", "show"), bls.NoQuorumText)
    assert isinstance(refused("log", "quorum", "certify"), bls.NoQuorumText)


def test_a_witness_makes_its_key_once(home: Path) -> None:
    assert isinstance(refused("witness", "quorum-key"), witness.NoWitness)
    run("witness", "init", "--name", w1)
    first = run("witness", "quorum-key")
    line = bls.KeyLine.parse(first.stdout)
    assert line.name == w1
    assert bls.register(1, [line]).proven().said == "1 of 1"
    path = home / "witness" / "quorum-key.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("witness", "quorum-key").stdout == first.stdout
    path.write_text("{}")
    assert isinstance(refused("witness", "quorum-key"), bls.SecretRefused)
