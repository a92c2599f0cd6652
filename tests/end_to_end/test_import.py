"""A company's own file through the command: simulated, as documents only, twice, and in Chinese."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.conftest import soaking
from typer.testing import CliRunner

from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli
from tallystick.app.imports.cli import NotSimulated, NotTheImportsOwn
from tallystick.app.settings import Settings
from tallystick.finance.limits.recount import differences
from tallystick.ledger import Checker, audit

scms = Path("data/scms/SCMS_Delivery_History_Dataset.csv")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(
        cli, list(arguments), catch_exceptions=False, env={"COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    return result.output


def confirmed(node: Node) -> int:
    """Sum of the faces of all certificates, in minor units."""
    with node.reader.open() as snapshot:
        total, after = 0, ""
        while names := snapshot.view.names("certificate", after=after, limit=1000):
            total += sum(int(str(snapshot.view.get("certificate", n)["face"])) for n in names)  # type: ignore[index]
            after = names[-1]
        return total


def few_rows(shared_dir: Path, folder: Path, count: int) -> Path:
    """The first rows of the real file."""
    path = folder / "few.csv"
    text = (shared_dir / scms).read_bytes().decode("utf-8-sig").replace("\r\n", "\r")
    path.write_text("\n".join(text.split("\r")[: count + 1]) + "\n", encoding="utf-8")
    return path


def one_row(folder: Path) -> Path:
    """A file with all that the map for Chinese systems asks for."""
    path = folder / "one.csv"
    path.write_text(
        "订单号,订单日期,供应商名称,物料编码,数量,价税合计,送货单号,送货日期,入库日期,发票号码,发票日期\n"
        "PO-1,2026-01-02,某某厂,M-1,5,100.00,DN-1,2026-01-05,2026-01-06,12345678,2026-01-10\n",
        encoding="gb18030",
    )
    return path


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    return Settings()


@pytest.mark.shared
def test_a_simulated_import_confirms_what_was_delivered(
    home: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    file = few_rows(shared_dir, tmp_path, 300)
    first = run("import", str(file), "--map", "scms", "--simulate")
    assert "entries refused" in first
    node = Node.at(home)
    with file.open(encoding="utf-8") as rows:
        value = sum(round(float(row["Line Item Value"]) * 100) for row in csv.DictReader(rows))
    assert confirmed(node) == value > 0
    with node.reader.open() as snapshot:
        paid = [
            snapshot.view.get("certificate", name)["status"]  # type: ignore[index]
            for name in snapshot.view.names("certificate", limit=1000)
        ]
    assert set(paid) == {"settled"}
    found = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    run("import", str(file), "--map", "scms", "--simulate")
    again = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    assert (again.size, again.root) == (found.size, found.root)


@pytest.mark.shared
def test_two_banks_bid_under_limits_for_what_was_confirmed(
    home: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    """From order to maturity: each certificate is tendered, financed whole by the better bank, and paid to it."""
    file = str(few_rows(shared_dir, tmp_path, 120))
    said = run("import", file, "--map", "scms", "--simulate", "--bids")
    node = Node.at(home)
    face = confirmed(node)
    assert f"USD {face / 100:,.2f}" in said.partition("principal")[2].partition("\n")[0]
    with node.reader.open() as snapshot:
        view = snapshot.view
        names = view.names("certificate", limit=1000)
        for name in names:
            assert view.get("certificate", name)["status"] == "settled"  # type: ignore[index]
        tenders = [view.get("tender", name) for name in view.names("tender", limit=1000)]
        assert [one["status"] for one in tenders] == ["awarded"] * len(names)  # type: ignore[index]
        cards = [view.get("funder-card", name) for name in view.names("funder-card")]
        count = len(names)
        assert cards == [{"sealed": count, "opened": count, "lapsed": 0}] * 2
        for name in view.names("limit", limit=1000):
            for row in view.group("limit", name).values():
                assert (row["used"], row["reserved"]) == (0, 0)
        assert list(differences(view)) == []
    found = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    assert found.refused == 0
    run("import", file, "--map", "scms", "--simulate", "--bids")
    again = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    assert (again.size, again.root) == (found.size, found.root)


def test_banks_bid_in_a_simulation_alone(home: Settings, tmp_path: Path) -> None:
    words = ["import", str(one_row(tmp_path)), "--map", "erp-zh", "--as", "99.1/O-X", "--bids"]
    result = CliRunner().invoke(cli, words, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "banks bid in a simulation alone" in result.output
    assert not home.folder.exists()


@pytest.mark.shared
def test_an_ordinary_import_adds_documents_only(
    home: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    file = few_rows(shared_dir, tmp_path, 60)
    run("init")
    company = run("organisation", "add", "--name-en", "Importer", "--capacity", "core").strip()
    run("import", str(file), "--map", "scms", "--as", company, "--dry-run")
    node = Node.at(home)
    with node.reader.open() as snapshot:
        before = snapshot.size()
    run("import", str(file), "--map", "scms", "--as", company)
    with node.reader.open() as snapshot:
        after = snapshot.size()
        assert after > before
        assert not snapshot.view.names("certificate")
        assert not snapshot.view.names("receipt")
        assert snapshot.view.names("delivery")
        unverified = [
            name
            for name in snapshot.view.names("organisation")
            if snapshot.view.get("organisation", name).get("placeholder_of") == company  # type: ignore[union-attr]
        ]
        assert unverified
        assert not any(snapshot.view.group("key", name) for name in unverified)
    run("import", str(file), "--map", "scms", "--as", company)
    with node.reader.open() as snapshot:
        assert snapshot.size() == after
    audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())


def test_only_a_simulated_store_plays_the_parties(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("订单号,物料编码,数量\nPO-1,M-1,5\n", encoding="gb18030")
    assert "order_number" in run("import", str(file), "--guess")
    run("init")
    with pytest.raises(NotSimulated):
        run("import", str(one_row(tmp_path)), "--map", "erp-zh", "--simulate")
    assert home.folder.exists()


def test_a_simulated_store_with_another_root_is_not_played_in(
    home: Settings, tmp_path: Path
) -> None:
    """It used to be refused for an invalid signature, which said nothing to anybody."""
    run("init", "--origin", "log.example/other/simulated")
    with pytest.raises(NotTheImportsOwn, match="other/simulated has the root 99/O-"):
        run("import", str(one_row(tmp_path)), "--map", "erp-zh", "--simulate")


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("bids", [False, True])
def test_the_whole_file_in_a_simulated_store(
    tmp_path: Path, sqlite_url: str, shared_dir: Path, monkeypatch: pytest.MonkeyPatch, bids: bool
) -> None:
    """All 10,324 rows; the sum of the certificates is the sum of the line values; the audit is sound.

    For `./dev soak`. Every run plans the whole file (`test_import_plan`), and imports the first rows of it.
    """
    if not soaking():
        pytest.skip("the whole file is imported by ./dev soak; its first rows in every run")
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
    monkeypatch.delenv("TALLYSTICK_VERIFY_PROCESSES", raising=False)
    more = ("--bids",) if bids else ()
    said = run("import", str(shared_dir / scms), "--map", "scms", "--simulate", *more)
    for figure in ("10,324", "6,233", "7,030", "USD 1,627,584,457.29"):
        assert figure in said
    node = Node.at(Settings())
    assert confirmed(node) == 162_758_445_729
    checker = node.checker()
    try:
        found = audit(node.store, node.rules, node.directory, checker, memory=node.memory())
    finally:
        checker.close()
    assert found.refused == 0
    print(json.dumps({"entries": found.size, "documents": found.documents}))
