"""The page as a node serves it, and as `tallystick verify --page` compares it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tallystick.app import verifier_cli, verifier_page
from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli
from tallystick.app.settings import Settings

files = {
    "index.html": b"<!doctype html><title>x</title>",
    "verifier.js": b"void 0",
    "verifier.css": b"body{}",
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small page in the place of the built one."""
    folder = tmp_path / "page"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    lines = [f"{verifier_page._hash(data)}  {name}\n" for name, data in sorted(files.items())]
    (folder / "SHA256SUMS").write_text("".join(lines))
    monkeypatch.setattr(verifier_page, "folder", lambda: folder)
    return folder


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(verifier_page.router())
    return TestClient(app, base_url="http://log.example", follow_redirects=False)


def test_the_page_is_served_with_its_files_under_a_strict_policy(
    built: Path, client: TestClient
) -> None:
    index = client.get("/verify/")
    assert index.content == files["index.html"]
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    policy = index.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert client.get("/verify/verifier.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/verify").headers["location"] == "/verify/"
    assert client.get("/verify/SHA256SUMS").status_code == 200
    (built / "secret").write_text("x")
    for name in ("secret", "..%2fsecret", "nothing", "%00"):
        assert client.get(f"/verify/{name}").status_code == 404, name


def test_a_page_that_is_not_built_says_so(
    built: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_page, "folder", lambda: built / "nowhere")
    with pytest.raises(verifier_page.PageMissing, match="nowhere"):
        client.get("/verify/")


def test_a_served_page_is_compared_file_by_file(built: Path, client: TestClient) -> None:
    rows = verifier_page.compare("http://log.example/verify", client)
    assert [row.name for row in rows] == ["/verify/", "index.html", "verifier.css", "verifier.js"]
    verifier_page.require_same(rows)


@pytest.mark.parametrize("changed", ["/verify/", "/verify/index.html", "/verify/verifier.js"])
def test_one_changed_file_is_found(built: Path, changed: str) -> None:
    """The address itself may answer another page than index.html does."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/verify/") or "index.html"
        return httpx.Response(200, content=files[name] + b" " * (request.url.path == changed))

    asking = httpx.Client(transport=httpx.MockTransport(answer))
    rows = verifier_page.compare("http://log.example/verify/", asking)
    with pytest.raises(verifier_page.PageDiffers) as refused:
        verifier_page.require_same(rows)
    assert refused.value.detail == (changed.removeprefix("/verify/") or "/verify/")
    assert [line[:9] for line in verifier_page.said(rows)].count("DIFFERENT") == 1


def test_a_redirect_a_missing_file_and_an_endless_one_differ(built: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(".js"):
            return httpx.Response(200, content=bytes(verifier_page.page_bytes_max + 1))
        if request.url.path.endswith(".css"):
            return httpx.Response(302, headers={"location": "http://other.example/"})
        return httpx.Response(404)

    asking = httpx.Client(transport=httpx.MockTransport(answer))
    rows = verifier_page.compare("http://log.example/verify/", asking)
    assert [row.there for row in rows] == [
        "status 404", "status 404", "status 302", "more than 4194304 bytes",
    ]  # fmt: skip


def test_an_address_that_does_not_answer_is_named(built: Path) -> None:
    with pytest.raises(verifier_page.PageUnreachable, match="no-such-host"):
        verifier_page.compare("http://no-such-host.invalid/verify/")
    with pytest.raises(verifier_page.PageUnreachable):
        verifier_page.compare("not an address")


def test_the_command_says_each_file_and_exits_with_1(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [verifier_page.Compared("index.html", "aa", "bb")]
    monkeypatch.setattr(verifier_page, "compare", lambda _url: rows)
    with pytest.raises(SystemExit) as ended:
        verifier_cli.check_page("http://log.example/verify/")
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert "DIFFERENT bb  index.html" in told.out
    assert "verifier-page-differs" in told.err


def test_the_installed_page_is_published_in_the_log(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"HOME": str(tmp_path / "home"), "DATABASE_URL": "", "VERIFY_PROCESSES": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(f"TALLYSTICK_{name}", value)
    typed = CliRunner()
    assert typed.invoke(cli, ["init"]).exit_code == 0
    assert typed.invoke(cli, ["log", "publish-verifier"]).exit_code == 0
    with Node.existing(Settings()).reader.open() as snapshot:
        found = snapshot.view.get("log", "verifier")
    assert found is not None
    assert found["files"] == verifier_page.hashes()
