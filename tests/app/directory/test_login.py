"""Logging in by a directory: a real provider in a process of its own, honest and lying. It lets read, and no more."""

from __future__ import annotations

import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.app.directory.provider import client_id, client_secret
from tests.app.joining.rig import Rig, rigged, site
from tests.identity.people.firm import agreed, checker, code, first, maker, propose, row
from tests.ledger.world import core, supplier
from tests.patience import patience_s

from tallystick.app.directory import offered
from tallystick.app.directory.flow import callback
from tallystick.app.directory.secrets import Secrets
from tallystick.identity import SuspendPerson, logins
from tallystick.ledger import SystemClock


@dataclass
class Directory:
    rig: Rig
    issuer: str

    def lies(self, **told: Any) -> None:
        httpx.post(f"{self.issuer}/lie", json=told, timeout=patience_s).raise_for_status()

    def browser(self) -> TestClient:
        return TestClient(self.rig.app, base_url=site, raise_server_exceptions=False)

    def go(self, browser: TestClient) -> str:
        """To the directory, and the address at which it sends back."""
        asked = {"organisation": core, "next": "/members"}
        answer = browser.get("/login/directory", params=asked, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        there = httpx.get(answer.headers["location"], timeout=patience_s)
        return str(there.headers["location"])

    def login(self, browser: TestClient) -> Any:
        back = urlsplit(self.go(browser))
        return browser.get(f"{back.path}?{back.query}", follow_redirects=False)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    home = tmp_path_factory.mktemp("directory")
    told = home / "issuer"
    command = [sys.executable, "-m", "tests.app.directory.provider", str(told)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    try:
        end = time.monotonic() + patience_s
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < end
            time.sleep(0.05)
        issuer = told.read_text()
        with rigged(home, f"sqlite:///{home / 'ledger.sqlite3'}") as rig:
            Secrets.of(rig.node.settings.folder, SystemClock()).keep(core, client_secret)
            made = Directory(rig, issuer)
            what = logins.BindDirectory(
                kind="directory", issuer=issuer, client_id=client_id, algorithm="RS256"
            )
            assert propose(rig.world, maker, what)[0] == "not-entitled"
            assert agreed(rig.world, what) == "accepted"
            assert agreed(rig.world, what) == "nothing-to-do"
            while httpx.get(f"{issuer}/keys", timeout=patience_s).status_code != 200:
                time.sleep(0.05)
            yield made
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def known(directory: Directory) -> str:
    """The checker said by its own key who it is there."""
    digest = digest_of(directory)
    body = logins.SetSubject(person=checker, digest=digest)
    world = directory.rig.world
    assert code(world, first, "person.subject", body) == "not-entitled"
    assert code(world, checker, "person.subject", body) == "accepted"
    other = logins.SetSubject(person=maker, digest=digest)
    assert code(world, maker, "person.subject", other) == "already-registered"
    return digest


def digest_of(directory: Directory) -> str:
    kept = Secrets.of(directory.rig.node.settings.folder, SystemClock()).find(core)
    return kept.digest(directory.issuer, "wang")


def test_whom_the_log_does_not_know_is_told_what_to_sign(directory: Directory) -> None:
    answer = directory.login(directory.browser())
    assert answer.status_code == 403
    assert digest_of(directory) in answer.text
    assert "wang" not in answer.text


def test_the_login_page_links_to_it_where_it_is_configured(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = directory.browser()
    page = browser.get("/login?next=/members&lang=en").text
    link = f'href="/login/directory?organisation={quote(core)}&amp;next=/members"'
    assert link in page
    assert directory.issuer in page
    # No form leads there: the policy of these pages would stop it at the redirection.
    assert 'action="/login/directory' not in page
    other = browser.get(f"/login?lang=en&organisation={quote(supplier)}").text
    assert "No directory logs anybody in" in other
    assert "/login/directory?" not in other
    with monkeypatch.context() as patched:
        patched.setattr(offered, "offered_max", 0)
        many = browser.get("/login?lang=en").text
        assert link not in many
        assert 'action="/login"' in many
        assert "Look for its directory" in many
        assert link in browser.get(f"/login?next=/members&organisation={quote(core)}").text
    # Bound, but nobody kept its secret here: there is no way in, and none is shown.
    monkeypatch.setattr(Secrets, "has", lambda self, organisation: False)
    assert "/login/directory" not in browser.get("/login?lang=en").text


def test_it_lets_read_and_signs_nothing(directory: Directory, known: str) -> None:
    browser = directory.browser()
    answer = directory.login(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/members")
    assert browser.get("/v1/login").json()["person"] == checker
    assert browser.get("/members").status_code == 200
    # A draft needs nothing but reading; the log still takes no entry without a key.
    headers = {"origin": site}
    hook = browser.post(
        "/v1/webhooks", json={"address": "https://evil.example/in"}, headers=headers
    )
    assert (hook.status_code, hook.json()["code"]) == (403, "directory-only-reads")
    assert row(directory.rig.world, "subject", checker)["digest"] == known


def test_tokens_of_the_directory_are_kept_nowhere(directory: Directory, known: str) -> None:
    """It may send more than who logs in: what would read there for months is dropped unread."""
    secrets = {"refresh_token": "refresh-7f3a91c2d4", "access_token": "access-5b8e60a1f7"}
    directory.lies(beside={**secrets, "expires_in": 3600})
    browser = directory.browser()
    try:
        assert directory.login(browser).status_code == 303
    finally:
        directory.lies()
    assert browser.get("/v1/login").json()["person"] == checker
    home = directory.rig.node.settings.home.parent
    files = [file for file in home.rglob("*") if file.is_file()]
    assert any(file.name == "ledger.sqlite3" for file in files)
    kept = b"".join(file.read_bytes() for file in files)
    assert known.encode() in kept
    for secret in secrets.values():
        for form in (secret.encode(), secret.encode("utf-16-le"), b64encode(secret.encode())):
            assert form not in kept
        assert all(secret not in str(cookie.value) for cookie in browser.cookies.jar)


lies = [
    {"signed": "none", "header": {"alg": "none"}},
    {"signed": "none"},
    {"signed": "public-key", "header": {"alg": "HS256"}},
    {"signed": "foreign"},
    {"header": {"alg": "PS256"}},
    {"header": {"crit": ["b64"], "b64": True}},
    {"header": {"kid": "another"}},
    {"claims": {"iss": "https://evil.example"}},
    {"claims": {"aud": "another"}},
    {"claims": {"aud": ["tallystick", "another"]}},
    {"claims": {"aud": ["tallystick"], "azp": "another"}},
    {"claims": {"nonce": "another"}},
    {"claims": {"exp": 1}},
    {"claims": {"iat": 1}},
    {"claims": {"iat": 2**33}},
    {"claims": {"exp": "soon"}},
    {"claims": {"sub": ""}},
    {"claims": {"sub": 7}},
]


@pytest.mark.parametrize("lie", lies, ids=[str(one) for one in lies])
def test_no_forged_expired_downgraded_or_confused_token_logs_in(
    directory: Directory, known: str, lie: dict[str, Any]
) -> None:
    directory.lies(**lie)
    try:
        answer = directory.login(directory.browser())
    finally:
        directory.lies()
    assert answer.status_code == 401
    assert "tallystick_session" not in answer.headers.get("set-cookie", "")


def test_a_token_of_before_is_good_for_nothing(directory: Directory, known: str) -> None:
    directory.login(directory.browser())
    directory.lies(replay=True)
    try:
        assert directory.login(directory.browser()).status_code == 401
    finally:
        directory.lies()


def test_the_way_back_is_of_this_browser_and_of_once(directory: Directory, known: str) -> None:
    browser, thief = directory.browser(), directory.browser()
    back = urlsplit(directory.go(browser))
    # Somebody else's answer, pushed into a browser that did not begin (RFC 6749 §10.12).
    assert thief.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 401
    kept = browser.cookies["tallystick_directory"]
    assert browser.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 303
    thief.cookies.set("tallystick_directory", kept, path="/login/directory")
    assert thief.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 401
    forged = kept[:-1] + ("0" if kept[-1] != "0" else "1")
    third = directory.browser()
    third.cookies.set("tallystick_directory", forged, path="/login/directory")
    assert third.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 401
    fourth = directory.browser()
    directory.go(fourth)
    assert fourth.get(f"{callback}?state=x&code=y", follow_redirects=False).status_code == 401


def test_a_provider_that_calls_itself_otherwise_is_not_asked(directory: Directory) -> None:
    for told in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": 7},
        {"jwks_uri": "file:///etc/passwd"},
    ):
        directory.lies(discovery=told)
        try:
            asked = {"organisation": core}
            answer = directory.browser().get(
                "/login/directory", params=asked, follow_redirects=False
            )
        finally:
            directory.lies()
        bad = (502, 303) if "jwks_uri" in told else (502,)
        assert answer.status_code in bad


def test_who_is_bound_to_nothing_goes_nowhere(directory: Directory) -> None:
    for wrong in ("99.100/O-NOBODY", ""):
        answer = directory.browser().get("/login/directory", params={"organisation": wrong})
        assert answer.status_code == 404


def test_headers_name_nobody(directory: Directory, known: str) -> None:
    """What a proxy might be fooled to pass on opens nothing here."""
    smuggled = {
        "X-Remote-User": checker, "X-Forwarded-User": checker, "Remote-User": checker,
        "X-Auth-Request-Email": "wang@firm.example", "Authorization": "Bearer wang",
    }  # fmt: skip
    answer = directory.browser().get("/members", headers=smuggled)
    assert answer.status_code in (401, 403)
    split = {"Cookie": "tallystick_session=a; tallystick_session=b"}
    assert directory.browser().get("/v1/login", headers=split).status_code == 401


def test_another_binding_ends_the_sessions_of_the_one_before(
    directory: Directory, known: str
) -> None:
    """As officers do after their directory was broken into."""
    world, browser = directory.rig.world, directory.browser()
    directory.login(browser)
    assert browser.get("/v1/login").status_code == 200
    told = row(world, "login-directory", core)
    bound = logins.BindDirectory(
        kind="directory", issuer=told["issuer"], client_id=told["client_id"], algorithm="RS256"
    )
    other = bound.model_copy(update={"issuer": "https://other.example"})
    assert agreed(world, other) == "accepted"
    assert browser.get("/v1/login").status_code == 401
    assert agreed(world, bound) == "accepted"
    assert browser.get("/v1/login").status_code == 401
    directory.login(browser)
    assert browser.get("/v1/login").status_code == 200


def test_sessions_end_with_the_person_the_subject_and_the_binding(
    directory: Directory, known: str
) -> None:
    world = directory.rig.world
    browser = directory.browser()
    directory.login(browser)
    assert browser.get("/v1/login").status_code == 200
    assert code(world, checker, "person.subject", logins.SetSubject(person=checker)) == "accepted"
    assert browser.get("/v1/login").status_code == 401
    again = logins.SetSubject(person=checker, digest=known)
    assert code(world, checker, "person.subject", again) == "accepted"
    assert browser.get("/v1/login").status_code == 200
    assert agreed(world, logins.DropDirectory(kind="directory-end")) == "accepted"
    assert browser.get("/v1/login").status_code == 401
    suspended = SuspendPerson(person=checker, reason="suspected")
    assert code(world, first, "person.suspend", suspended) == "accepted"
    assert (
        directory.browser().get("/login/directory", params={"organisation": core}).status_code
        == 404
    )
