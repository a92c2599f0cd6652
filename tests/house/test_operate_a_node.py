"""The commands of the how-to run as they stand, over an application that somebody made."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from tests.app.applications.office import Applicant
from tests.lint.source import root
from typer.testing import CliRunner

from tallystick.app.applications import cli as applications_cli
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.overseeing import acts_cli, drill_cli, incident_cli
from tallystick.app.people import pending_cli, saying
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, AddPerson, FoundOrganisation
from tallystick.ledger import Author, PrivateKey, SigningKey, SystemClock

how_to = root / "docs/how-to/operate-a-node.md"
top = "99/O-ROOT000000000"
officers = {
    "FIRST": ("99/P-FIRST00000000", "administrator"),
    "SECOND": ("99/P-SECOND0000000", "security-administrator"),
}


def commands() -> list[str]:
    text = how_to.read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def founded(home: Path) -> dict[str, str]:
    """The root as a node with two officers; their keys as the commands name them."""
    node = Node.existing(Settings())
    keys: dict[str, str] = {}
    with node.writer() as book:
        author = Author(book.origin, top, node.keys.get(f"300:{top}"), SystemClock())
        said = []
        for name, (person, role) in officers.items():
            own, file = PrivateKey.generate(), home / f"{name}.pem"
            own.save(file)
            signing = SigningKey(f"300:{person}", own)
            add = AddPerson(person=person, organisation=top, roles=(role,))  # type: ignore[arg-type]
            new = AddKey(key=signing.keyid, jwk=own.public.jwk(), custody="self", types=("*",))
            said += [
                author.write("identity.person.add/1", add),
                author.write("identity.key.add/1", new, endorsers=[signing]),
            ]
            keys[name] = f"{signing.keyid}={file}"
        found = FoundOrganisation(organisation=top)
        answers = book.append([*said, author.write("identity.organisation.found/1", found)])
        assert all(one.accepted for one in answers), answers
        book.seal()
    return keys


def run(line: str) -> str:
    done = CliRunner().invoke(cli, shlex.split(line)[1:])
    assert done.exit_code == 0, (line, done.output, done.exception)
    return done.output


def test_every_command_of_the_how_to_runs(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (applications_cli, acts_cli, drill_cli, incident_cli, pending_cli, saying):
        monkeypatch.setattr(module, "console", Console(width=250))
    node = Node.at(Settings())
    node.create(NewLog("node.example", "99/L-LOG0000000000", top, {"en": "R"}))
    words = founded(tmp_path) | {
        "NODE": "99",
        "DIGEST": "d" * 64,
        "PAPER": str(tmp_path / "paper.pdf"),
    }
    Path(words["PAPER"]).write_bytes(b"%PDF-1.7 renewed")
    with TestClient(create_app(Node.at(Settings())), base_url="https://testserver") as client:
        begun = client.post("/v1/applications", json={"node": "99"}).json()
        applicant = Applicant(client, begun["number"], begun["token"]).submitted()
        words |= {"NUMBER": applicant.number, "FIRM": applicant.state["organisation"]}
        person = applicant.state["persons"][0]
        own = tmp_path / "officer.pem"
        from tests.ledger.world import key

        key(f"300:{person}").private.save(own)
        words["OFFICER"] = f"300:{person}={own}"
        ran = commands()
        assert len(ran) > 15
        for line in ran:
            said = run(re.sub(r"\b[A-Z]{4,}\b", lambda word: words.get(word[0], word[0]), line))
            for name, what in (
                ("PROPOSAL", r"pending approve ([0-9a-f]{64})"),
                ("PAPERS", r"confirm-papers \S+ ([0-9a-f]{64})"),
            ):
                if found := re.search(what, said):
                    words[name] = found[1]
            if " ask " in line:
                # The applicant hands it in again.
                assert applicant.call("POST", "/submission").status_code == 200
    with node.look() as view:
        row = view.get("organisation", words["FIRM"])
        assert view.get("organisation-quota", words["FIRM"]) == {"handles": 1000000, "prefixes": 5}
        assert view.get("hold", words["FIRM"]) is None
    assert row is not None
    assert "suspended" not in row
    papers = {one["kind"]: one.get("ends") for one in row["papers"]}  # type: ignore[index,union-attr,call-overload]
    assert papers["business-licence"] == "2039-01-01"
    (record,) = (tmp_path / "drills").iterdir()
    assert '"result": "restored"' in record.read_text()
