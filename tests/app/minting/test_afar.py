"""`tallystick mint` against nodes that run: the operator's own, and one that a maker with a key of its own reaches."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.end_to_end.handled import Handled, handled, prefix
from tests.end_to_end.test_witnessed import until
from tests.patience import patience_s
from typer.testing import CliRunner, Result

from tallystick.app.keystore import KeyStore
from tallystick.app.minting.afar import NodeAfar
from tallystick.app.minting.cli import cli
from tallystick.app.minting.labels_cli import labels_of
from tallystick.app.readers import Readers
from tallystick.app.sending import EntryRefusedThere, NodeNotReached, pens
from tallystick.app.settings import Settings
from tallystick.identity import Said, minting
from tallystick.identity.minting import serials
from tallystick.ledger import Answer, TallystickError, log_verifier


class Places:
    """The node's home and a maker's, who has its own key and nothing of the log."""

    def __init__(self, node: Handled, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.node, self.folder, self._monkeypatch = node, folder, monkeypatch
        self.home, self.maker = node.node.settings.folder, folder / "maker"
        with node.node.reader.open() as snapshot:
            self.log_key = log_verifier(snapshot.view).encode()
        own = KeyStore(self.maker)
        own.add(node.node.keys.get(f"300:{node.organisation}"))
        self.token = folder / "token"
        self.token.write_text(Readers(self.home).add("maker", node.organisation))

    def run(self, home: Path, *words: object) -> Result:
        self._monkeypatch.setenv("TALLYSTICK_HOME", str(home))
        url = self.node.node.settings.database_url if home == self.home else ""
        self._monkeypatch.setenv("TALLYSTICK_DATABASE_URL", url)
        self._monkeypatch.setenv("COLUMNS", "200")
        return CliRunner().invoke(cli, [str(word) for word in words])

    def ok(self, home: Path, *words: object) -> str:
        told = self.run(home, *words)
        assert told.exit_code == 0, told.output + repr(told.exception)
        return " ".join(told.output.split())

    def here(self, *words: object) -> str:
        """A command at the node's own keyboard, sent to the node that runs."""
        return self.ok(
            self.home, *words, "--author", self.node.organisation, "--node", self.node.url
        )

    def afar(self, *words: object) -> tuple[object, ...]:
        """Words of a command at the maker's."""
        return (*words, "--log", self.node.url, "--token-file", self.token)

    def issuing(self, labels: str) -> tuple[object, ...]:
        words = self.afar("issue", prefix, 300, "--labels", self.folder / labels)
        return (*words, "--author", self.node.organisation, "--log-key", self.log_key)

    def issue(self, labels: str, *more: object) -> str:
        return self.ok(self.maker, *self.issuing(labels), *more)

    def sealed(self) -> None:
        """Once a checkpoint covers all that is in the log."""
        with httpx.Client(base_url=self.node.url, timeout=patience_s) as http:
            until(
                lambda: (
                    told(http.get("/log/finality"))["sealed"]
                    == told(http.get("/log/finality"))["size"]
                )
            )

    def codes(self, name: str) -> list[str]:
        lines = (self.folder / name).read_text().splitlines()
        return [json.loads(line)["handle"] for line in lines]


@pytest.fixture
def places(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    with handled(tmp_path / "node", sqlite_url) as node:
        yield Places(node, tmp_path, monkeypatch)


def told(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()


def test_every_command_that_writes_may_be_sent_to_the_node_that_runs(places: Places) -> None:
    folder, firm = places.folder, places.node.organisation
    said = places.here(
        "batch", prefix, 20, "--labels", folder / "codes.ndjson", "--value", "NAME=x"
    )
    assert f"{prefix}/0001: 20 codes" in said
    codes = places.codes("codes.ndjson")
    with places.node.client() as http:
        values = told(http.get(f"/api/handles/{codes[0]}"))["values"]
        assert "TALLYSTICK.ISSUED" in [value["type"] for value in values]
    shares = folder / "shares.json"
    shares.write_text(json.dumps([{"to": firm, "start": 0, "count": 5}]))
    places.here("assign", prefix, "0001", shares)
    places.here("void", prefix, "0001", "--handle", codes[1], "--positions", "10+1")
    site = ("--site", firm, "--until", "2099-01-01T00:00:00.000Z", "--count", 100)
    places.here("reserve", prefix, "S1-", *site)
    refused = places.run(
        places.home, "reserve", prefix, "S1-", *site, "--author", firm, "--node", places.node.url
    )
    assert isinstance(refused.exception, TallystickError)
    assert "range-taken" in refused.exception.diagnosis()
    places.here("release", prefix, "S1-")
    rows = folder / "rows.ndjson"
    rows.write_text("\n".join(json.dumps({"key": f"k{n}", "prefix": prefix}) for n in range(9)))
    assert "9 registered, 0 refused" in places.here("bulk", rows, "--out", folder / "out.ndjson")
    away = places.run(
        places.home, "release", prefix, "S1-", "--author", firm, "--node", "http://127.0.0.1:9"
    )
    assert isinstance(away.exception, TallystickError)
    assert away.exception.code == "node-not-reached"


def test_labels_of_a_gtin_carry_links_that_lead_to_their_codes(places: Places) -> None:
    """Issued, printed, and asked for at the node before anybody scanned one."""
    labels, sheet = places.folder / "codes.csv", places.folder / "sheet.pdf"
    path = "/01/09521234543213/21/"
    value = ("--value", f"TALLYSTICK.GS1={path}{{serial}}")
    places.here("batch", prefix, 5, "--labels", labels, *value)
    handle, link = labels.read_text().splitlines()[1].split(",")
    serial = handle.rpartition("/")[2]
    assert link == f'"{Settings().base_url}{path}{serial}"'
    assert "5 labels" in places.ok(places.home, "labels", labels, "--out", sheet)
    assert sheet.read_bytes().startswith(b"%PDF")
    (first, *_) = labels_of(labels)
    assert first.text("https://other.example") == link.strip('"')
    with httpx.Client(base_url=places.node.url, timeout=patience_s) as http:
        answer = http.get(f"{path}{serial}")
        assert answer.status_code == 307
        assert handle in answer.headers["location"]
        wrong = serial[:-1] + ("0" if serial[-1] != "0" else "1")
        assert http.get(f"{path}{wrong}").status_code == 404
        linkset = http.get(f"{path}{serial}", params={"linkType": "linkset"})
        assert linkset.status_code == 200
    with places.node.client() as http:
        value = {"index": 1, "type": "TALLYSTICK.GS1", "data": f"{path}{serial}"}
        stated = http.put(f"/api/handles/{prefix}/CATCHES-SCANS", json=value)
        assert stated.is_success, stated.text
        assert handle in http.get(f"{path}{serial}").headers["location"]


def test_a_maker_with_its_own_key_issues_and_proves_and_keeps_its_secret(places: Places) -> None:
    assert f"{prefix}/0001: 300 codes" in places.issue("first.ndjson", "--value", "NAME=Plate")
    places.issue("second.ndjson")
    node, maker = minting.Folder(places.home), minting.Folder(places.maker)
    for number in ("0001", "0002"):
        assert maker.has_key(prefix, number)
        assert not node.has_key(prefix, number)
        assert node.leaves_path(prefix, number).read_bytes() == (
            maker.leaves_path(prefix, number).read_bytes()
        )
    assert not list(places.home.rglob("*.sent"))
    key = maker.key(prefix, "0001")
    stored = b"".join(path.read_bytes() for path in places.home.rglob("*") if path.is_file())
    assert key.hex().encode() not in stored
    handle = places.codes("first.ndjson")[7]
    with places.node.client() as http:
        assert http.get(f"/api/handles/{handle}").status_code == 404
        listed = told(http.get("/v1/batches", params={"prefix": prefix}))
        assert [(one["batch"], one["count"], one["leaves"]) for one in listed] == [
            ("0001", 300, True), ("0002", 300, True),
        ]  # fmt: skip
    shutil.rmtree(places.maker / "minted")
    places.sealed()
    proof = places.folder / "code.json"
    places.ok(places.maker, "prove", handle, "--out", proof, "--from", places.node.url)
    assert handle in places.ok(places.maker, "verify", proof, "--log-key", places.log_key)
    unknown = f"{prefix}/0001{minting.new_suffix()[4:]}"
    guess = places.run(places.maker, "prove", unknown, "--out", proof, "--from", places.node.url)
    assert isinstance(guess.exception, TallystickError)


def test_a_node_that_says_nothing_is_there_has_no_secret_destroyed(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may lag, or lie: what is in the maker's folder stays, and its number is not taken again."""
    places.issue("first.ndjson")
    maker = minting.Folder(places.maker)
    key = maker.key(prefix, "0001")
    monkeypatch.setattr("tallystick.app.minting.afar.NodeAfar._batches", lambda *_: [])
    assert f"{prefix}/0002" in places.issue("second.ndjson")
    assert maker.key(prefix, "0001") == key
    monkeypatch.undo()
    with places.node.node.look() as view:
        assert [number for number, _ in minting.issued(view, prefix)] == ["0001", "0002"]
    said = Answer("", "", problem=EntryRefusedThere("not-entitled"))
    monkeypatch.setattr("tallystick.app.sending.There.submit", lambda *_: [said])
    refused = places.run(places.maker, *places.issuing("third.ndjson"))
    assert isinstance(refused.exception, EntryRefusedThere)
    assert maker.has_key(prefix, "0003")
    assert not list(places.folder.glob("third*"))
    monkeypatch.undo()
    assert f"{prefix}/0004" in places.issue("third.ndjson")


def test_who_gets_and_gives_leaves_and_which_are_believed(places: Places) -> None:
    """Only the batch's owner and readers of everything; what does not hash to the root is not kept."""
    places.issue("first.ndjson", "--value", "NAME=Plate")
    path = minting.Folder(places.home).leaves_path(prefix, "0001")
    whole = path.read_bytes()
    where = f"/v1/batches/{prefix}/0001/leaves"
    stranger = Readers(places.home).add("stranger", "99/O-ROOT000000000")
    auditor = Readers(places.home).add("mirror", None)
    with httpx.Client(base_url=places.node.url, timeout=patience_s) as http:

        def get(token: str = "") -> httpx.Response:
            return http.get(where, headers={"Authorization": f"Bearer {token}"} if token else {})

        assert [get().status_code, get(stranger).status_code] == [403, 403]
        assert get().json()["code"] == "leaves-withheld"
        mine = {"Authorization": f"Bearer {places.token.read_text()}"}
        assert get(auditor).content == http.get(where, headers=mine).content == whole
        leaf = hashlib.sha256(b"nothing").hexdigest()
        assert http.get(f"{where}/{leaf}").json()["code"] == "leaf-unknown"
        assert (
            http.get(f"/v1/batches/{prefix}/0009/leaves/{leaf}").json()["code"] == "batch-unknown"
        )
        first = whole[29:61].hex()
        shown = told(http.get(f"{where}/{first}"))
        assert (shown["position"], shown["count"]) == (0, 300)
        path.unlink()
        assert http.get(where, headers=mine).json()["code"] == "leaves-missing"
        assert http.put(where, content=whole).json()["code"] == "leaves-withheld"
        for bad in (b"", whole[:-1], whole + b"x", whole[:70] + bytes([whole[70] ^ 1]) + whole[71:],
                    whole[:29] + whole[61:93] + whole[29:61] + whole[93:]):  # fmt: skip
            refused = http.put(where, content=bad, headers=mine)
            assert (refused.status_code, refused.json()["code"]) == (422, "leaves-refused")
            assert not path.exists()
        assert [http.put(where, content=whole, headers=mine).status_code for _ in "12"] == [
            201,
            200,
        ]
    assert path.read_bytes() == whole
    assert "are here" in places.ok(places.home, "fetch", "--from", places.node.url)
    path.unlink()
    lost = places.run(places.home, "fetch", "--from", places.node.url)
    assert (lost.exit_code, f"{prefix}/0001" in lost.output) == (1, True)
    path.write_bytes(whole)
    assert [one.name for one in path.parent.iterdir() if one.suffix == ".sent"] == []


def test_private_batches_are_listed_by_number_alone(places: Places) -> None:
    with places.node.node.look() as view:
        assert not list(minting.every_batch(view))
    body = minting.IssueBatch.model_validate(
        {"prefix": prefix, "batch": "0001", "count": 5, "root": "ab" * 32,
         "record": [{"index": 1, "type": "NAME", "data": "secret", "permissions": "1100"}]},
        strict=False,
    )  # fmt: skip
    with pens(places.node.node, places.node.url) as open_pens:
        (answer,) = open_pens.of(places.node.organisation).write([Said(minting.batch_type, body)])
    assert answer.accepted
    with httpx.Client(base_url=places.node.url, timeout=patience_s) as http:
        where = {"prefix": prefix}
        (row,) = told(http.get("/v1/batches", params=where))
        assert sorted(row) == ["batch", "prefix", "since"]
        mine = {"Authorization": f"Bearer {places.token.read_text()}"}
        (row,) = told(http.get("/v1/batches", params=where, headers=mine))
        assert (row["count"], row["leaves"]) == (5, False)


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{}", b'{"entry":-1,"position":0,"path":[]}', b'{"entry":0,"position":0,"path":["x"]}',
             b'[{"batch":"../x","since":0}]', b'[{"batch":1}]', b"\xff"],
)  # fmt: skip
def test_whatever_a_node_answers_is_told_by_name(tmp_path: Path, said: bytes) -> None:
    folder = minting.Folder(tmp_path)
    folder.new_key(prefix, "0001")
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=said))
    with httpx.Client(transport=transport) as http:
        node = NodeAfar("http://node", http, folder)
        with pytest.raises(NodeNotReached):
            node.prove(f"{prefix}/{serials.draw('0001', 1)[0].decode()}")
        if said != b"[]":
            with pytest.raises(NodeNotReached):
                node.newest(prefix)
