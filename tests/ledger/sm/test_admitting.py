"""A policy admits a suite from an index on, by a quorum; what governs and signs receipts stays checkable by all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world, new_policy, signed
from tests.ledger.world import World, core, key

from tallystick.identity import AddKey
from tallystick.ledger import SM2, NamedKey, PrivateKey, governance, suites
from tallystick.ledger.governance import policy_type
from tallystick.ledger.keys import KeyRefused
from tallystick.ledger.system import GenesisRefused


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = governed_world(sqlite_url, tmp_path / "home")
    made.populate()
    return made


def code(world: World) -> str:
    new = key(f"301:{core}", SM2)
    body = AddKey(key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=("*",))
    (answer,) = world.ledger.append([world.write(core, "identity.key.add/1", body, new)])
    return answer.problem.code if answer.problem else answer.outcome


def test_a_quorum_admits_it_from_an_index_on_and_nobody_takes_it_back(world: World) -> None:
    assert code(world) == "key-registration-refused"
    with world.reader.open() as snapshot:
        later = snapshot.size() + 3
    change = new_policy(suites=(SM2,), from_index=later)
    at = acts.enacted(world, policy_type, signed(policy_type, change, "w1", "w2"))
    assert at < later
    while True:
        with world.reader.open() as snapshot:
            size = snapshot.size()
            assert governance.admitted_suites(snapshot.view, later) == (*suites, SM2)
            assert governance.admitted_suites(snapshot.view, later - 1) == suites
        if size >= later:
            break
        assert code(world) == "key-registration-refused"
        world.ledger.seal(force=True)
    assert code(world) == "accepted"
    without = new_policy(2)
    acts.enacted(world, policy_type, signed(policy_type, without, "w1", "w2"))
    with world.reader.open() as snapshot:
        assert governance.admitted_suites(snapshot.view) == (*suites, SM2)
    world.ledger.seal()
    assert world.audit().unknown_suites == ()


def test_one_governor_admits_nothing(world: World) -> None:
    lone = signed(policy_type, new_policy(suites=(SM2,)), "w1")
    (answer,) = world.ledger.append([acts.written(world, policy_type, lone)])
    assert answer.problem is not None
    with world.reader.open() as snapshot:
        assert governance.admitted_suites(snapshot.view) == suites


def test_genesis_keys_are_of_suites_that_every_program_has(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor without SM2 must be able to follow whom the log trusts."""
    from tests.ledger import world as worlds

    def named(reference: str, suite: str = suites[0]):  # type: ignore[no-untyped-def]
        return key(reference, SM2 if reference.startswith("300:99/O-ROOT") else suite)

    monkeypatch.setattr(worlds, "key", named)
    with pytest.raises(GenesisRefused, match="every program has"):
        World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))


def test_a_seed_gives_one_key_and_no_suite_is_guessed() -> None:
    assert (
        PrivateKey.from_seed(b"1" * 32, SM2).public == PrivateKey.from_seed(b"1" * 32, SM2).public
    )
    named = NamedKey(key="300:99/A", jwk=PrivateKey.from_seed(b"1" * 32, SM2).public.jwk())
    assert named.jwk["crv"] == "SM2"
    with pytest.raises(KeyRefused):
        PrivateKey.from_pem(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
