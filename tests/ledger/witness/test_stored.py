"""Cosignatures in the store: what they make final, what the audit says of them, and the fence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, insert, inspect
from tests.ledger.test_http import client_of
from tests.ledger.witness.history import cosigner, key
from tests.ledger.world import World, core, rules_with_notes

from tallystick.ledger import (
    Fence,
    LogFenced,
    Note,
    NotSound,
    RuleError,
    Snapshot,
    Store,
    open_checkpoint,
    witness,
)
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.migrations import upgrade, version_table
from tallystick.ledger.note import NoteSignature
from tallystick.ledger.signer import NoFence, SignerRefused
from tallystick.ledger.store.tables import metadata

names = ("w1", "w2", "w3")
policy = "\n".join(
    [
        *(f"witness {name} {cosigner(f'witness.example/{name}').encode()}" for name in names),
        "group two 2 w1 w2 w3",
        "quorum two",
        "",
    ]
)


@pytest.fixture
def cosigned_world(tmp_path: Path, database_url: str) -> World:
    """A log of which genesis names three witnesses, two of which suffice."""
    made = World(database_url, tmp_path / "home", rules=rules_with_notes(), policy=policy)
    made.populate()
    made.ledger.seal()
    return made


def line(note: str, name: str, signer: str = "", time_s: int = 1_800_000_000) -> NoteSignature:
    text = Note.parse(note).text
    return witness.cosign(
        text, f"witness.example/{name}", key(f"witness.example/{signer or name}"), time_s
    )


def newest(world: World) -> tuple[int, str]:
    with world.store.read() as transaction:
        found = transaction.checkpoint()
    if found is None:
        raise AssertionError("no checkpoint")
    return found


def put(world: World, who: Sequence[str], *, final: bool) -> int:
    size, note = newest(world)
    with world.store.write() as transaction:
        transaction.cosignatures.put(size, [line(note, name) for name in who], final=final)
    return size


def seen(world: World, ask: Callable[[Snapshot], Any]) -> Any:
    with world.reader.open() as snapshot:
        return ask(snapshot)


def test_grades_follow_the_cosignatures(cosigned_world: World) -> None:
    world = cosigned_world
    before = seen(world, lambda s: s.finality())
    assert (before.final, before.behind, before.grade(0)) == (0, True, "sealed")
    assert "two: 0 of 2 needed, without w1, w2, w3" in before.why
    assert seen(world, lambda s: s.final_checkpoint()) is None
    size = put(world, ["w2"], final=False)
    one = seen(world, lambda s: s.finality())
    assert (one.final, one.grade(size - 1), one.grade(size)) == (0, "witnessed", "durable")
    assert [w.name for w in one.waiting] == ["w1", "w3"]
    put(world, ["w1"], final=True)
    two = seen(world, lambda s: s.finality())
    assert (two.final, two.grade(size - 1), two.why, two.behind) == (size, "final", "", False)
    world.ledger.append(world.mint(1))
    world.ledger.seal()
    after = seen(world, lambda s: s.finality())
    assert (after.final, after.behind) == (size, True)
    assert after.sealed > size
    assert "w1: " in after.why
    shown = seen(world, lambda s: s.published_checkpoint())
    agreed = witness.Policy.parse(policy)
    found = witness.open_cosigned(shown[1], agreed, world.ledger.signer.verifier)
    assert (found.checkpoint.size, found.verdict.met) == (size, True)
    assert witness.open_cosigned(
        seen(world, lambda s: s.proof_file(0)).checkpoint, agreed, found.log
    ).verdict.met
    assert seen(world, lambda s: s.checkpoint())[0] == after.sealed
    told = world.audit()
    assert (told.cosignatures, told.final) == (2, 1)


def test_a_damaged_checkpoint_is_shown_as_it_is(cosigned_world: World) -> None:
    """Reading it once failed, and with it every page of a store that somebody had damaged."""
    size = put(cosigned_world, ["w1", "w2"], final=True)
    table = Table("checkpoint", MetaData(), autoload_with=cosigned_world.store.engine)
    row = {"size": size, "note": newest(cosigned_world)[1]}
    _replace(cosigned_world, table, row, {**row, "note": str(row["note"]).replace("\n", "\n ")})
    assert seen(cosigned_world, lambda s: s.finality()).verdict.met is False
    assert seen(cosigned_world, lambda s: s.checkpoint())[1].count("witness.example") == 2
    with pytest.raises(NotSound):
        cosigned_world.audit()


def test_a_store_of_the_first_schema_is_brought_up_to_date(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    upgrade(store.engine, "0001")
    assert "cosignature" not in inspect(store.engine).get_table_names()
    store.migrate()
    store.migrate()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": version_table})
        differing = compare_metadata(context, metadata)
        if store.dialect == "postgresql":
            # Partitions, and the table that keeps ids unique where the partitioned one cannot.
            told = {(kind, named.name) for kind, named in differing}
            told -= {("remove_table", f"{name}_from_0") for name in ("entry", "body")}
            assert told == {("remove_table", "entry_name"), ("add_constraint", None)}
            differing = []
        assert differing == []
    store.close()


def test_a_second_cosignature_takes_the_place_of_the_first(cosigned_world: World) -> None:
    size, note = newest(cosigned_world)
    for time_s in (1_800_000_000, 1_800_000_100):
        with cosigned_world.store.write() as transaction:
            transaction.cosignatures.put(size, [line(note, "w1", time_s=time_s)], final=False)
    with cosigned_world.store.read() as transaction:
        (kept,) = transaction.cosignatures.of(size)
    assert witness.cosigned_at(kept.signature) == 1_800_000_100


def test_a_changed_cosignature_is_a_finding(cosigned_world: World) -> None:
    world = cosigned_world
    size = put(world, ["w1", "w2"], final=True)
    world.audit()
    table = Table("cosignature", MetaData(), autoload_with=world.store.engine)
    with world.store.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(table.select())]
    signature = bytes(rows[0]["signature"])
    changes: list[dict[str, Any]] = [
        {"signature": signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]},
        {"signature": bytes([signature[0] ^ 1]) + signature[1:]},
        {"signature": signature[:-1]},
        {"size": size + 1},
        {"size": 2},
        {"name": "witness.example/w9"},
        {"key_id": "00000000"},
    ]
    for change in changes:
        _replace(world, table, rows[0], {**rows[0], **change})
        with pytest.raises(NotSound, match="cosignature"):
            world.audit()
        _replace(world, table, {**rows[0], **change}, rows[0])
    world.audit()


def _replace(world: World, table: Table, old: dict[str, Any], new: dict[str, Any]) -> None:
    match = [column == old[column.name] for column in table.primary_key.columns]
    with world.store.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
        c.execute(table.delete().where(*match))
        c.execute(insert(table), [new])


def test_finality_that_no_quorum_carries_is_a_finding(cosigned_world: World) -> None:
    """An operator that marks a checkpoint as final with one witness of two."""
    put(cosigned_world, ["w1"], final=True)
    with pytest.raises(NotSound, match="finality"):
        cosigned_world.audit()
    put(cosigned_world, ["w3"], final=True)
    cosigned_world.audit()


def test_finality_that_is_missing_is_a_finding(cosigned_world: World) -> None:
    put(cosigned_world, ["w1", "w3"], final=False)
    with pytest.raises(NotSound, match="finality"):
        cosigned_world.audit()


def test_receipts_are_graded_over_http(cosigned_world: World) -> None:
    world = cosigned_world
    submissions = world.mint(1)
    (answer,) = world.ledger.append(submissions)

    def ask(client: Any) -> Any:
        found = client.get(f"/v1/receipts/{answer.id}", params={"author": core})
        assert found.status_code == 200
        return found.json()["now"]

    for client in client_of(world):
        world.ledger.seal()
        now = ask(client)
        assert (now["grade"], now["proof"], now["witnesses"]) == ("sealed", None, 3)
        assert {one["witness"] for one in now["waiting"]} == set(names)
        put(world, ["w3"], final=False)
        now = ask(client)
        assert (now["grade"], now["witnessed"], now["proof"]) == ("witnessed", ["w3"], None)
        assert "1 of 2 needed, without w1, w2" in now["why"]
        put(world, ["w1"], final=True)
        now = ask(client)
        assert (now["grade"], now["why"], now["waiting"]) == ("final", "", [])
        from tallystick.ledger import ProofFile

        proof = ProofFile.parse(now["proof"])
        log = world.ledger.signer.verifier
        assert proof.verify(submissions[0].envelope, log).size == newest(world)[0]
        agreed = witness.Policy.parse(policy)
        assert witness.open_cosigned(proof.checkpoint, agreed, log).verdict.met
        told = client.get("/log/finality").json()
        assert (told["final"], told["sealed"], told["policy"]) == (*[newest(world)[0]] * 2, "two")
        assert client.get("/log/checkpoint").text == client.get("/log/checkpoint/newest").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one quorum line"),
        ("quorum w1\n", "not defined"),
        (policy.replace("group two 2", "group two 1"), "suffices"),
        (policy + "log " + "x" * 20 + "\n", "verifier key"),
        (f"log {World.__name__}\n" + policy, "verifier key"),
        ("nonsense\n" + policy, "none of log, witness"),
    ],
)
def test_a_policy_that_is_none_begins_no_log(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        World(f"sqlite:///{tmp_path / 'x.sqlite'}", tmp_path, policy=text)


def test_no_witness_is_the_log_itself(tmp_path: Path) -> None:
    """A log that cosigns itself would be final by its own word."""
    from tests.ledger.world import key as world_key
    from tests.ledger.world import log

    own = witness.Cosigner("witness.example/own", world_key(f"300:{log}").private.public)
    text = f"witness own {own.encode()}\nquorum own\n"
    with pytest.raises(RuleError, match="one of the log's own"):
        World(f"sqlite:///{tmp_path / 'x.sqlite'}", tmp_path, policy=text)


def test_under_the_policy_none_nothing_is_final(world: World) -> None:
    found = seen(world, lambda s: s.finality())
    assert (found.policy.is_none, found.final, found.behind) == (True, 0, False)
    assert found.grade(0) == "sealed"
    assert "no witness vouches" in found.why


def test_behind_a_fence_nothing_is_signed_and_nothing_taken_in(any_world: World) -> None:
    """What cannot be sealed would get a receipt that is broken by design."""
    world = any_world
    world.ledger.seal()
    signed = world.memory.load()
    world.memory.set_fence(Fence(4711, "w1 says that it cosigned 4711 entries"))
    world.memory.set_fence(Fence(5000, "the first one stays"))
    for act in (
        lambda: world.ledger.append(world.mint(1)),
        lambda: world.ledger.seal(force=True),
        world.restart,
    ):
        with pytest.raises(LogFenced, match="4711"):
            act()
    assert world.memory.load() == signed
    with pytest.raises(NoFence, match="4711"):
        world.memory.lift_fence(4710)
    assert world.memory.lift_fence(4711).size == 4711
    with pytest.raises(NoFence):
        world.memory.lift_fence(4711)
    world.restart()
    world.append(world.mint(1))
    world.ledger.seal()
    world.audit()


def test_a_fence_file_that_cannot_be_read_fences(world: World) -> None:
    (world.home / "fence.json").write_text("{")
    with pytest.raises(LogFenced, match="damaged"):
        world.ledger.append(world.mint(1))
    assert issubclass(LogFenced, TallystickError)
    assert not issubclass(LogFenced, SignerRefused)


def test_a_stored_line_of_a_stranger_is_shown_to_nobody_as_a_witness(cosigned_world: World) -> None:
    """Somebody with the database's password adds a line by a key that the policy does not name."""
    size, note = newest(cosigned_world)
    with cosigned_world.store.write() as transaction:
        transaction.cosignatures.put(size, [line(note, "stranger")], final=False)
    assert seen(cosigned_world, lambda s: s.finality()).having(0) == ()
    with pytest.raises(NotSound, match="stranger"):
        cosigned_world.audit()
    assert open_checkpoint(note, cosigned_world.ledger.signer.verifier).size == size
