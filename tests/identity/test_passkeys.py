"""Passkeys from registration to audit, through a real log on both databases (formats §1, §2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.ledger.authenticator import Authenticator, Signer, plainly, rp_id, site, write
from tests.ledger.world import NoteBody, World, key, node, rules_with_notes, supplier

from tallystick.app.pages.evidence import examine
from tallystick.identity import AddKey, Directory, RevokeKey, WebAuthn
from tallystick.ledger import ED25519, Answer, Body, Checker, Passkey, Store, audit, suites
from tallystick.ledger.checker import pool_entries_min

maker = "99.100/P-MAKER00000000"
note, own = "test.note/1", "test.own/1"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path / "home", rules=rules_with_notes())
    made.populate()
    return made


@pytest.fixture
def lone(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    made.populate()
    return made


def told(answer: Answer) -> str:
    return answer.problem.code if answer.problem else (answer.code or answer.outcome)


def say(world: World, by: str, kind: str, body: Body, *signers: Signer) -> str:
    (answer,) = world.ledger.append([write(world.author(by), kind, body, signers)])
    return told(answer)


def registration(phone: Authenticator, **change: Any) -> AddKey:
    said = {
        "key": phone.signing.keyid,
        "jwk": phone.signing.private.public.jwk(),
        "custody": "self",
        "types": ("*",),
        "webauthn": WebAuthn(rp_id=phone.rp_id, origin=phone.origin),
    }
    return AddKey(**{**said, **change})


def register(world: World, phone: Authenticator, **change: Any) -> str:
    """The maker's own key brings in the phone, which signs too."""
    by = plainly(key(f"300:{maker}"))
    body = registration(phone, **change)
    return say(world, maker, "identity.key.add/1", body, by, phone.sign)


@contextmanager
def sound(world: World) -> Iterator[None]:
    yield
    world.ledger.seal()
    with world.reader.open() as snapshot:
        assert world.audit().size == snapshot.size()


@pytest.mark.parametrize("suite", suites)
def test_a_passkey_registers_itself_signs_and_is_revoked(world: World, suite: str) -> None:
    phone, by = Authenticator.of(maker, suite), plainly(key(f"300:{maker}"))
    signers = [phone.sign] if suite == ED25519 else [phone.sign, by]  # each suite of one's keys
    with sound(world):
        assert say(world, maker, note, NoteBody(text="early"), phone.sign) == "signature-invalid"
        assert register(world, phone) == "accepted"
        assert say(world, maker, note, NoteBody(text="one"), *signers) == "accepted"
        assert say(world, maker, own, NoteBody(text="two"), *signers) == "accepted"
        world.restart()
        assert say(world, maker, note, NoteBody(text="three"), *signers) == "accepted"
        lost = RevokeKey(key=phone.signing.keyid, reason="lost")
        assert say(world, maker, "identity.key.revoke/1", lost, *signers) == "accepted"
        assert say(world, maker, note, NoteBody(text="late"), phone.sign) == "key-not-valid"
        assert say(world, maker, note, NoteBody(text="later"), by) == "accepted"
    with world.reader.open() as snapshot:
        record = Directory().key(snapshot.view, phone.signing.keyid)
        document = snapshot.view.get("key", maker, "320")
    assert record is not None
    assert record.public == phone.public
    assert document is not None
    assert document["webauthn"] == {"rp_id": rp_id, "origin": site}


def test_a_plain_signature_of_a_passkey_counts_for_nothing(lone: World) -> None:
    """A page that gets a raw signature out of a key must not get an entry signed, nor the reverse."""
    phone, first = Authenticator.of(maker), key(f"300:{maker}")
    plain, assertion = plainly(phone.signing), Authenticator(first)
    with sound(lone):
        assert register(lone, phone) == "accepted"
        assert say(lone, maker, note, NoteBody(text="x"), plain) == "signature-invalid"
        assert say(lone, maker, note, NoteBody(text="x"), assertion.sign) == "signature-invalid"
        both = (plainly(first), plain)
        assert say(lone, maker, note, NoteBody(text="x"), *both) == "signature-invalid"
        assert say(lone, maker, note, NoteBody(text="x"), plainly(first), phone.sign) == "accepted"
        elsewhere = replace(phone, origin="https://evil.example")
        assert say(lone, maker, note, NoteBody(text="x"), elsewhere.sign) == "assertion-refused"
        cloned = replace(phone, rp_id="example")
        assert say(lone, maker, note, NoteBody(text="x"), cloned.sign) == "assertion-refused"


def test_a_passkey_is_registered_by_its_own_assertion_and_no_plain_signature(lone: World) -> None:
    phone, by = Authenticator.of(maker), plainly(key(f"300:{maker}"))
    kind, body = "identity.key.add/1", registration(phone)
    with sound(lone):
        assert say(lone, maker, kind, body, by, plainly(phone.signing)) == "signature-invalid"
        assert say(lone, maker, kind, body, by) == "key-registration-refused"
        plain = registration(phone, webauthn=None)
        assert say(lone, maker, kind, plain, by, phone.sign) == "signature-invalid"
        other = registration(phone, webauthn=WebAuthn(rp_id=rp_id, origin=f"https://{rp_id}"))
        assert say(lone, maker, kind, other, by, phone.sign) == "assertion-refused"
        assert say(lone, maker, kind, body, by, phone.sign) == "accepted"


def test_one_public_key_is_not_registered_as_both(lone: World) -> None:
    phone, by = Authenticator.of(maker), plainly(key(f"300:{maker}"))
    again = replace(phone, signing=replace(phone.signing, keyid=f"321:{maker}"))
    kind = "identity.key.add/1"
    with sound(lone):
        assert register(lone, phone) == "accepted"
        plain = registration(again, webauthn=None)
        signers = (by, plainly(again.signing))
        assert say(lone, maker, kind, plain, *signers) == "already-registered"
        assert register(lone, again) == "already-registered"
        assert register(lone, replace(again, origin=f"https://{rp_id}")) == "already-registered"


@pytest.mark.parametrize(
    ("custody", "code"),
    [("node", "passkey-refused"), ("self", "accepted"), ("hardware", "accepted")],
)
def test_no_node_holds_a_passkey(lone: World, custody: str, code: str) -> None:
    with sound(lone):
        assert register(lone, Authenticator.of(maker), custody=custody) == code


@pytest.mark.parametrize(
    ("rp_id", "origin"),
    [
        ("ledger.example", "https://ledger.example"),
        ("example", "https://ledger.example"),
        ("ledger.example", "https://a.b.ledger.example:8443"),
        ("localhost", "http://localhost:8000"),
        ("localhost", "https://localhost"),
        ("xn--fsq.example", "https://xn--fsq.example"),
    ],
)
def test_a_passkey_of_the_page_or_of_a_parent_domain(lone: World, rp_id: str, origin: str) -> None:
    phone = replace(Authenticator.of(maker), rp_id=rp_id, origin=origin)
    with sound(lone):
        assert register(lone, phone) == "accepted"
        assert say(lone, maker, note, NoteBody(text="x"), phone.sign) == "accepted"


@pytest.mark.parametrize(
    ("rp_id", "origin"),
    [
        ("evil.example", "https://ledger.example"),
        ("edger.example", "https://ledger.example"),
        ("a.ledger.example", "https://ledger.example"),
        ("ledger.example", "https://ledger.example:443"),
        ("ledger.example", "https://ledger.example:65536"),
        ("localhost", "http://localhost:80"),
        ("192.0.2.7", "https://192.0.2.7"),
        ("2.7", "https://192.0.2.7"),
    ],
)
def test_what_no_browser_offers_is_not_registered(lone: World, rp_id: str, origin: str) -> None:
    phone = replace(Authenticator.of(maker), rp_id=rp_id, origin=origin)
    with sound(lone):
        assert register(lone, phone) == "passkey-refused"


@pytest.mark.parametrize(
    ("rp_id", "origin"),
    [
        ("Ledger.example", "https://ledger.example"), ("ledger.example.", "https://ledger.example"),
        ("", "https://ledger.example"), ("ledger..example", "https://ledger.example"),
        ("-a.example", "https://ledger.example"), ("a b", "https://ledger.example"),
        ("例.example", "https://ledger.example"), ("a" * 64, "https://ledger.example"),
        ("a." * 127, "https://ledger.example"), ("ledger.example\n", "https://ledger.example"),
        ("ledger.example", "http://ledger.example"), ("ledger.example", "https://ledger.example/"),
        ("ledger.example", "https://LEDGER.example"), ("ledger.example", "ledger.example"),
        ("ledger.example", "https://u@ledger.example"), ("ledger.example", "null"),
        ("ledger.example", "https://ledger.example:"), ("ledger.example", "https://[::1]"),
        ("ledger.example", "https://ledger.example:08443"),
        ("ledger.example", "https://ledger.example\n"),
        ("localhost", "http://localhost.example"), ("localhost", "http://127.0.0.1:8000"),
        ("ledger.example", "android:apk-key-hash:abc"),
    ],
)  # fmt: skip
def test_malformed_circumstances(rp_id: str, origin: str) -> None:
    with pytest.raises(ValidationError):
        WebAuthn(rp_id=rp_id, origin=origin)


def test_another_member_of_webauthn_is_refused(lone: World) -> None:
    body = registration(Authenticator.of(maker)).model_dump(mode="json", exclude_none=True)
    with pytest.raises(ValidationError):
        AddKey.model_validate({**body, "webauthn": {**body["webauthn"], "name": "phone"}})


def test_a_node_brings_in_the_passkey_of_an_organisation(lone: World) -> None:
    phone = Authenticator.of(supplier)
    by = plainly(key(f"300:{node}"))
    with sound(lone):
        body = registration(phone)
        assert say(lone, node, "identity.key.add/1", body, by, phone.sign) == "accepted"
        assert say(lone, supplier, own, NoteBody(text="x"), phone.sign) == "accepted"


def test_an_author_with_passkeys_of_two_suites_signs_with_both(lone: World) -> None:
    """The rule of two suites is about what could be broken, and a passkey's curve is one of them."""
    phone, token = (Authenticator.of(maker, suite, 330 + n) for n, suite in enumerate(suites))
    with sound(lone):
        assert register(lone, phone) == "accepted"
        by = plainly(key(f"300:{maker}"))
        body = registration(token)
        signers = (by, phone.sign, token.sign)
        assert say(lone, maker, "identity.key.add/1", body, *signers) == "accepted"
        assert say(lone, maker, note, NoteBody(text="x"), phone.sign) == "key-not-valid"
        assert say(lone, maker, note, NoteBody(text="x"), phone.sign, token.sign) == "accepted"


def test_the_page_of_an_entry_shows_an_assertion_as_verified(lone: World) -> None:
    """It checked a passkey's signature over the entry itself, and called every one forged."""
    phone = Authenticator.of(maker)
    assert register(lone, phone) == "accepted"
    said = write(lone.author(maker), note, NoteBody(text="x"), [phone.sign])
    (answer,) = lone.ledger.append([said])
    lone.ledger.seal()
    assert answer.index is not None
    with lone.reader.open() as snapshot:
        evidence = examine(snapshot, answer.index)
    assert evidence.sound
    assert [(mark.key, mark.good) for mark in evidence.marks] == [(phone.signing.keyid, True)]


def test_checker_processes_verify_assertions_as_this_process_does(world: World) -> None:
    """Keys travel to other processes with where they sign; there, forgeries are found as here."""
    phone, author = Authenticator.of(maker), world.author(maker)
    assert register(world, phone) == "accepted"
    said = [
        write(author, note, NoteBody(text=str(n)), [phone.sign]) for n in range(pool_entries_min)
    ]
    forged = write(author, note, NoteBody(text="forged"), [replace(phone, rp_id="x").sign])
    bare = write(author, note, NoteBody(text="bare"), [plainly(phone.signing)])
    checker = Checker(1)
    try:
        world.checker = checker
        world.restart()
        answers = [told(answer) for answer in world.ledger.append([*said, forged, bare])]
        world.ledger.seal()
        assert answers == ["accepted"] * len(said) + ["assertion-refused", "signature-invalid"]
        found = audit(Store(world.url), world.rules, Directory(), checker, memory=world.memory)
    finally:
        checker.close()
    with world.reader.open() as snapshot:
        assert found.size == snapshot.size() > pool_entries_min
    assert phone.public.passkey == Passkey(rp_id, site)
