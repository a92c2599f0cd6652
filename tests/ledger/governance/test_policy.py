"""Policies changed by a quorum: what is in force at an index, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.export.folders import audited
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world, new_policy, policy_text, signed
from tests.ledger.witness.history import cosigner, key
from tests.ledger.world import World

from tallystick.ledger import (
    ChainEntry,
    ChainNotPinned,
    ChainRefused,
    Note,
    Pinned,
    SigningKey,
    Verifier,
    auditor_reader,
    export,
    governance,
    log_verifier,
    reach,
    witness,
)
from tallystick.ledger.governance import NewPolicy, policy_type


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> World:
    return governed_world(database_url, tmp_path / "home")


@pytest.fixture
def quick(tmp_path: Path, sqlite_url: str) -> World:
    return governed_world(sqlite_url, tmp_path / "home")


def cosigned(world: World, *names: str) -> bool:
    """Cosign the newest checkpoint; whether it is final then, by the policy in force there."""
    with world.reader.open() as snapshot:
        found, policy = snapshot.checkpoint(), snapshot.policy()
    assert found is not None
    size, note = found
    text = Note.parse(note).text
    lines = [
        witness.cosign(text, f"witness.example/{n}", key(f"witness.example/{n}"), 1_800_000_000)
        for n in names
    ]
    final = policy.judge(set(names)).met and not policy.is_none
    with world.store.write() as transaction:
        transaction.cosignatures.put(size, lines, final=final)
    with world.reader.open() as snapshot:
        assert (snapshot.finality().final == size) is final
    return final


def test_a_policy_holds_from_the_entry_behind_it(world: World) -> None:
    """Checkpoints before it stay final by the old policy, those behind it need the new one."""
    assert cosigned(world, "w1", "w2")
    body = new_policy(
        policy=policy_text(("w3", "w4"), "all"), governance=acts.governors(("w3", "w4"))
    )
    index = acts.enacted(world, policy_type, signed(policy_type, body, "w1", "w3"))
    with world.reader.open() as snapshot:
        told = snapshot.finality()
        old, new = (governance.log_policy(snapshot.view, size) for size in (index + 1, index + 2))
    assert [w.name for w in old.witnesses] == ["w1", "w2", "w3"]
    assert [w.name for w in new.witnesses] == ["w3", "w4"]
    assert "w3, w4" in told.why
    assert not cosigned(world, "w3")
    assert cosigned(world, "w3", "w4")
    found = world.audit()
    assert (found.final, found.cosignatures) == (2, 4)
    world.restart()
    back = new_policy(2, governance=acts.governors(), policy=policy_text())
    acts.enacted(world, policy_type, signed(policy_type, back, "w3", "w4"))
    assert not cosigned(world, "w3")
    assert world.audit().final == 2


def test_a_policy_can_hold_from_a_later_index(world: World, tmp_path: Path) -> None:
    """The quorum of the policy in force acts meanwhile; the export shows the policy of its checkpoint."""
    later = new_policy(from_index=40, policy="quorum none\n", governance=())
    acts.enacted(world, policy_type, signed(policy_type, later, "w1", "w2"))
    with world.reader.open() as snapshot:
        assert not snapshot.policy().is_none
    again = signed(policy_type, new_policy(2, from_index=40), "w1", "w2")
    assert refusal(world, again) == "governance-too-late"
    world.populate()
    world.append(world.mint(30))
    world.ledger.seal()
    with world.reader.open() as snapshot:
        assert snapshot.policy().is_none
        assert snapshot.final_checkpoint() is None
    by_root = signed(policy_type, new_policy(2), by_root=True)
    acts.enacted(world, policy_type, by_root)
    export.export_log(world.store, world.rules, tmp_path / "x", auditor_reader)
    text = (tmp_path / "x/policy").read_text()
    assert text.endswith(policy_text(comment="another"))
    assert world.audit().size > 40
    assert audited(world, tmp_path / "x").size > 40


def refusal(world: World, body: NewPolicy) -> str:
    (answer,) = world.ledger.append([acts.written(world, policy_type, body)])
    assert not answer.accepted
    return answer.problem.code if answer.problem else str(answer.code)


def _swap(body: NewPolicy) -> NewPolicy:
    """The signatures of one act under another."""
    return body.model_copy(update={"policy": policy_text(comment="swapped")})


def _twice(body: NewPolicy) -> NewPolicy:
    return body.model_copy(update={"signatures": (*body.signatures, body.signatures[0])})


def _sign(*names: str, **more: bool) -> Callable[[NewPolicy], NewPolicy]:
    return lambda body: signed(policy_type, body, *names, **more)


w1_cosigns = f"log {Verifier(acts.origin, key('x').public).encode()}\n"
CASES: list[tuple[str, NewPolicy, Callable[[NewPolicy], NewPolicy], str]] = [
    ("nobody", new_policy(), _sign(), "governance-quorum-missing"),
    ("one of two", new_policy(), _sign("w2"), "governance-quorum-missing"),
    ("root alone", new_policy(), _sign(by_root=True), "governance-signature"),
    ("a stranger", new_policy(), _sign("w1", "w9"), "governance-signature"),
    ("signature of another act", new_policy(), lambda b: _swap(_sign("w1", "w2")(b)), "governance-signature"),
    ("one signs twice", new_policy(), lambda b: _twice(_sign("w1")(b)), "governance-signature"),
    ("for another log", new_policy(),
     lambda b: signed(policy_type, b, "w1", "w2", log="log.example/other"), "governance-signature"),
    ("number 2 first", new_policy(2), _sign("w1", "w2"), "governance-number"),
    ("in the past", new_policy(from_index=1), _sign("w1", "w2"), "governance-too-late"),
    ("quorums apart", new_policy(policy=policy_text(rule="any")), _sign("w1", "w2"), "policy-change-refused"),
    ("malformed", new_policy(policy="quorum nobody\n"), _sign("w1", "w2"), "policy-change-refused"),
    ("names the log", new_policy(policy=w1_cosigns + policy_text()), _sign("w1", "w2"), "policy-change-refused"),
    ("a key too few", new_policy(governance=acts.governors(("w1", "w2"))), _sign("w1", "w2"), "governance-key-refused"),
    ("a key too many", new_policy(policy="quorum none\n"), _sign("w1", "w2"), "governance-key-refused"),
    ("one key for two", new_policy(governance=(*acts.governors(("w1", "w2")), acts.named("w3", "w2"))),
     _sign("w1", "w2"), "governance-key-refused"),
    ("proof for another log", new_policy(
        governance=(*acts.governors(("w1", "w2")), acts.named("w3", log="log.example/other"))),
     _sign("w1", "w2"), "governance-key-refused"),
    ("a cosigner key governs", new_policy(governance=(
        *acts.governors(("w1", "w2")),
        governance.name_key(key("witness.example/w1"), acts.origin, "w3", "300:99/G-X"))),
     _sign("w1", "w2"), "governance-key-refused"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "sign", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_policy_is_refused(
    quick: World, body: NewPolicy, sign: Callable[[NewPolicy], NewPolicy], code: str
) -> None:
    assert refusal(quick, sign(body)) == code
    assert refusal(quick, signed(policy_type, new_policy(2), "w1", "w2")) == "governance-number"
    acts.enacted(quick, policy_type, signed(policy_type, new_policy(), "w1", "w2"))


def test_an_old_act_cannot_be_brought_again(quick: World) -> None:
    """The operator brings back a weaker policy that a quorum once signed."""
    first = signed(policy_type, new_policy(), "w1", "w2")
    acts.enacted(quick, policy_type, first)
    acts.enacted(quick, policy_type, signed(policy_type, new_policy(2), "w1", "w2"))
    assert refusal(quick, first) == "governance-number"


def test_a_proposal_that_lost_is_never_in_the_log(quick: World) -> None:
    """A scanner's refused entries stay in the log; one of these would be a link of a chain that holds.

    Two proposals of one number were signed, and one was enacted. With the other in the log as refused, a verifier
    who sees leaves and no outcomes would have been led to a policy that never was in force.
    """
    from tests.ledger.world import supplier

    with quick.reader.open() as snapshot:
        if snapshot.size() < 4:
            quick.populate()
    scanner = quick.add_device(supplier, "99.100.2/scanner-9", types=("*",))
    acts.enacted(quick, policy_type, signed(policy_type, new_policy(), "w1", "w2"))
    weak = new_policy(policy=policy_text(("w9",), "all"), governance=(acts.named("w9"),))
    lost = scanner.write(policy_type, signed(policy_type, weak, "w1", "w2"))
    (answer,) = quick.ledger.append([lost])
    assert answer.problem is not None
    assert (answer.index, answer.problem.code) == (-1, "governance-number")
    quick.ledger.seal()
    with quick.reader.open() as snapshot:
        held = [one.row.leaf for one in snapshot.disclosed(0, snapshot.size(), auditor_reader)]
    assert lost.envelope not in held


def test_a_log_without_governance_keys_keeps_its_policy(tmp_path: Path, sqlite_url: str) -> None:
    world = governed_world(sqlite_url, tmp_path / "home", governors=None)
    body = signed(policy_type, new_policy(), "w1", "w2")
    assert refusal(world, body) == "governance-none"
    with world.reader.open() as snapshot:
        told = snapshot.view.get("log", "genesis")
    assert told is not None
    assert "governance" not in told


def test_genesis_checks_its_governance_keys(tmp_path: Path, sqlite_url: str) -> None:
    from tallystick.ledger.system import GenesisRefused

    for wrong in (
        acts.governors(("w1", "w2")),
        (*acts.governors(("w1", "w2")), acts.named("w3", "w1")),
    ):
        with pytest.raises(GenesisRefused, match="governance"):
            governed_world(sqlite_url, tmp_path / "home", governors=wrong)


def test_governance_keys_sign_no_entries(quick: World) -> None:
    """They are registered, so that nobody else can use them, and may sign no type."""
    from tests.ledger.world import root

    from tallystick.identity import AddKey

    taken = AddKey(
        key=acts.reference("w1"), jwk=acts.private("w1").public.jwk(), custody="self", types=("*",)
    )
    by = SigningKey(acts.reference("w1"), acts.private("w1"))
    (answer,) = quick.ledger.append([quick.write(root, "identity.key.add/1", taken, by)])
    assert answer.problem is not None
    assert answer.problem.code in ("unknown-party", "already-registered")


def test_what_was_pinned_reaches_what_is_in_force(quick: World) -> None:
    """Log key, genesis or policy as pinned; a chain with anything missing or changed leads nowhere."""
    with quick.reader.open() as snapshot:
        log = log_verifier(snapshot.view)
    one = acts.enacted(quick, policy_type, signed(policy_type, new_policy(), "w1", "w2"))
    last = new_policy(
        2, policy=policy_text(("w3", "w4"), "all"), governance=acts.governors(("w3", "w4"))
    )
    two = acts.enacted(quick, policy_type, signed(policy_type, last, "w1", "w3"))
    entries = acts.chain(quick)
    for pinned in (
        Pinned(log=log),
        Pinned(genesis=entries[0].leaf_hash),
        Pinned(policy=policy_text()),
    ):
        found = reach(pinned, entries)
        assert found.at(one).regime.text == policy_text()
        assert found.at(two + 1).regime.text == policy_text(comment="another")
        assert [w.name for w in found.at(two + 2).regime.policy.witnesses] == ["w3", "w4"]
        assert (found.at(1).log, found.epochs, found.at(1).rules) == (
            log,
            (0,),
            "tallystick/rules/1",
        )
    weak = policy_text(("w9",), "all")
    for pinned in (
        Pinned(), Pinned(log=Verifier(log.name, key("x").public)), Pinned(genesis=bytes(32)),
        Pinned(policy=weak),
    ):  # fmt: skip
        with pytest.raises(ChainNotPinned):
            reach(pinned, entries)
    forged = acts.written(
        quick,
        policy_type,
        signed(policy_type, new_policy(3, policy=weak, governance=(acts.named("w9"),)), "w9"),
    )
    extra = replace(
        entries[2], index=two + 5, leaf=forged.envelope, body=forged.body, salt=forged.salt
    )
    genesis, first, second = entries
    wrongs: tuple[tuple[list[ChainEntry], str], ...] = (
        ([genesis, second], "number 2"), ([first, second], "begins with genesis"), ([], "begins with"),
        ([genesis, second, first], "number 2"), ([genesis, genesis], "is a ledger.genesis/1"), ([*entries, extra], "governs nothing"),
        ([genesis, replace(first, body=second.body)], "another one's"),
        ([replace(genesis, leaf=genesis.leaf[:-1]), first], "entry 0"),
    )  # fmt: skip
    for wrong, said in wrongs:
        with pytest.raises(ChainRefused, match=said):
            reach(Pinned(log=log), wrong)


def test_cosigners_are_those_of_the_policy(quick: World) -> None:
    assert cosigner("witness.example/w1").key not in {
        acts.private(name).public for name in acts.three
    }


def test_a_cosigned_log_is_exported_and_imported(quick: World, tmp_path: Path) -> None:
    """The export of a log whose newest checkpoint bears cosignatures was refused by every import."""
    assert cosigned(quick, "w1", "w2")
    export.export_log(quick.store, quick.rules, tmp_path / "x", auditor_reader)
    assert (tmp_path / "x/checkpoint").read_text().count("\u2014") == 3
    assert audited(quick, tmp_path / "x").root == quick.audit().root
