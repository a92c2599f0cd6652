"""Every refusal of the registry, through a real log: who may register whom, once and for ever."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.ledger.world import World, core, key, log, node, root, supplier

from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    CreateHandles,
    DelegatePrefix,
    Grant,
    HandleRecord,
    HandleValue,
    RegisterOrganisation,
    RevokeKey,
    WriteHandle,
    names,
    new_organisation_handle,
    new_person_handle,
    uscc_with_check,
)
from tallystick.ledger import P256, Body, SigningKey

maker = "99.100/P-MAKER00000000"
checker = "99.100/P-CHECKER000000"
device = "99.100.1/scanner-1"
fresh = "99.100/O-FRESH00000000"


def code(world: World, by: str, kind: str, body: Body, *more: SigningKey) -> str:
    said = world.write(by, f"identity.{kind}/1", body, *more)
    (answer,) = world.ledger.append([said])
    return answer.problem.code if answer.problem else (answer.code or answer.outcome)


def organisation(handle: str = fresh, **change: Any) -> RegisterOrganisation:
    told = {
        "organisation": handle,
        "name": {"en": "F"},
        "scheme": "none",
        "capacities": ("supplier",),
    }
    return RegisterOrganisation(**{**told, **change})


def add_key(owner: str, signer: SigningKey, **change: Any) -> AddKey:
    told = {
        "key": f"310:{owner}",
        "jwk": signer.private.public.jwk(),
        "custody": "self",
        "types": ("*",),
    }
    return AddKey(**{**told, **change})


def record(handle: str, *values: HandleValue) -> CreateHandles:
    return CreateHandles(handles=(HandleRecord(handle=handle, values=values),))


def value(index: int, data: str = "x", **more: Any) -> HandleValue:
    return HandleValue(index=index, type="NAME", data=data, **more)


def test_organisations_are_registered_by_their_node(world: World) -> None:
    kind = "organisation.register"
    assert code(world, core, kind, organisation()) == "not-entitled"
    assert code(world, root, kind, organisation()) == "not-entitled"
    assert code(world, node, kind, organisation("99.200/O-FRESH00000000")) == "not-entitled"
    assert code(world, node, kind, organisation()) == "accepted"
    assert code(world, node, kind, organisation()) == "already-registered"


def test_an_enterprise_verifies_nobody(world: World) -> None:
    """A supplier could make itself a bank under its own prefix."""
    mine = organisation("99.100.2/O-MYBANK0000000", capacities=("bank",))
    assert code(world, supplier, "organisation.register", mine) == "not-entitled"


@pytest.mark.parametrize("handle", [core, core.lower(), maker, maker.lower(), root, log])
def test_a_handle_is_never_assigned_twice_in_any_case(world: World, handle: str) -> None:
    """`99.100/o-core…` used to be another organisation than `99.100/O-CORE…`."""
    by = root if handle.startswith("99/") else node
    assert code(world, by, "organisation.register", organisation(handle)) == "already-registered"


@pytest.mark.parametrize("handle", [device, device.upper()])
def test_only_its_own_organisation_gives_a_device_values(world: World, handle: str) -> None:
    """A device has values of its own; nobody else's record answers in a party's place."""
    assert code(world, core, "handle.create", record(handle)) == "accepted"
    assert code(world, core, "handle.create", record(handle)) == "already-registered"
    body = AddDevice(device=handle, organisation=core, purpose="scanner")
    assert code(world, core, "device.add", body) == "already-registered"
    assert code(world, core, "handle.create", record("99.100.1/new")) == "accepted"
    body = AddDevice(device="99.100.1/NEW", organisation=core, purpose="scanner")
    assert code(world, core, "device.add", body) == "already-registered"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scheme": "uscc", "number": uscc_with_check("91350211M000100Y4")}, "accepted"),
        ({"scheme": "uscc", "number": "91350211M000100Y40"}, "number-refused"),
        ({"scheme": "uscc"}, "number-refused"),
        ({"scheme": "none", "number": "1"}, "number-refused"),
        ({"scheme": "lei", "number": "213800KUD8LAJWSQ9D15"}, "accepted"),
        ({"scheme": "lei", "number": "213800KUD8LAJWSQ9D16"}, "number-refused"),
        ({"scheme": "register", "number": "HRB1"}, "number-refused"),
        ({"scheme": "register", "number": "HRB1", "country": "DE"}, "accepted"),
    ],
)
def test_numbers_of_organisations(world: World, change: dict[str, str], told: str) -> None:
    assert code(world, node, "organisation.register", organisation(**change)) == told
    if told == "accepted":
        with world.reader.open() as snapshot:
            row = snapshot.view.get("organisation", fresh)
        assert row is not None
        assert row["verified"] == (change["scheme"] in ("uscc", "lei"))


def test_prefixes_are_delegated_by_their_parent_once(world: World) -> None:
    def delegate(by: str, prefix: str, holder: str = core) -> str:
        body = DelegatePrefix(prefix=prefix, holder=holder, role="enterprise")
        return code(world, by, "prefix.delegate", body)

    assert delegate(core, "99.100.9") == "not-entitled"
    assert delegate(node, "99.9") == "not-entitled"
    assert delegate(root, "98") == "not-entitled"
    assert delegate(node, "99.100.9", "99.100/O-NOBODY0000000") == "unknown-party"
    assert delegate(node, "99.100.9") == "accepted"
    assert delegate(node, "99.100.9", supplier) == "already-registered"
    assert delegate(core, "99.100.9.1") == "accepted"


def test_people_are_registered_by_their_organisation_or_its_node(world: World) -> None:
    def add(by: str, person: str, where: str = core) -> str:
        return code(
            world, by, "person.add", AddPerson(person=person, organisation=where, roles=("maker",))
        )

    assert add(supplier, "99.100/P-ONE") == "not-entitled"
    assert add(core, "99.100.1/P-ONE") == "not-entitled"
    assert add(core, maker) == "already-registered"
    assert add(core, "99.100/P-ONE", "99.100/O-NOBODY0000000") == "unknown-party"
    assert add(core, "99.100/P-ONE") == "accepted"
    assert add(node, "99.100/P-TWO") == "accepted"


def test_devices_stand_under_a_prefix_of_their_organisation(world: World) -> None:
    def add(by: str, handle: str) -> str:
        body = AddDevice(device=handle, organisation=core, purpose="scanner")
        return code(world, by, "device.add", body)

    assert add(core, "99.100.2/scanner-2") == "not-entitled"
    assert add(supplier, "99.100.1/scanner-2") == "not-entitled"
    assert add(core, "99.100.1/scanner-2") == "accepted"


def test_a_maker_makes_no_checker(world: World) -> None:
    """With a wide key one person could register a second person's key and be both of two."""
    stolen = key("310:stolen")
    assert code(world, maker, "key.add", add_key(checker, stolen), SigningKey(
        f"310:{checker}", stolen.private)) == "not-entitled"  # fmt: skip
    person = AddPerson(person="99.100/P-X", organisation=core, roles=("checker",))
    assert code(world, maker, "person.add", person) == "not-entitled"
    revoke = RevokeKey(key=f"300:{checker}", reason="lost")
    assert code(world, maker, "key.revoke", revoke) == "not-entitled"


def test_an_administrator_may_and_everybody_for_himself(world: World) -> None:
    admin = "99.100/P-ADMIN"
    body = AddPerson(person=admin, organisation=core, roles=("administrator",))
    assert code(world, core, "person.add", body) == "accepted"
    world.add_key(core, admin)
    world.add_key(admin, checker, index=301)
    world.add_key(maker, maker, index=302)


def test_keys_are_registered_once_and_sign_their_own_registration(world: World) -> None:
    new = SigningKey(f"310:{core}", key("one").private)
    other = SigningKey(f"311:{core}", key("one").private)
    assert code(world, core, "key.add", add_key(core, new)) == "key-registration-refused"
    wrong = SigningKey(f"310:{core}", key("two").private)
    assert code(world, core, "key.add", add_key(core, new), wrong) == "signature-invalid"
    assert code(world, supplier, "key.add", add_key(core, new), new) == "not-entitled"
    assert code(world, core, "key.add", add_key(core, new), new) == "accepted"
    assert code(world, core, "key.add", add_key(core, new), new) == "already-registered"
    again = add_key(core, other, key=other.keyid)
    assert code(world, core, "key.add", again, other) == "already-registered"
    theirs = SigningKey(f"310:{supplier}", key("one").private)
    assert (
        code(world, supplier, "key.add", add_key(supplier, theirs), theirs) == "already-registered"
    )
    lost = RevokeKey(key=new.keyid, reason="lost")
    assert code(world, core, "key.revoke", lost) == "accepted"
    assert (
        code(world, core, "key.add", add_key(core, new), key(f"300:{node}")) == "already-registered"
    )
    nobody = "99.100/O-NOBODY0000000"
    lone = SigningKey(f"310:{nobody}", key("three").private)
    assert code(world, core, "key.add", add_key(nobody, lone), lone) == "unknown-party"


def test_a_bad_key_is_not_registered(world: World) -> None:
    small = {"kty": "OKP", "crv": "Ed25519", "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    assert code(world, core, "key.add", add_key(core, key("x"), jwk=small)) == (
        "key-registration-refused"
    )


def test_suites_are_those_of_the_log(world: World) -> None:
    world.add_key(core, core, index=320, suite=P256)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (RevokeKey(key=f"300:{core}", reason="lost", suspect_from=3), "accepted"),
        (RevokeKey(key=f"300:{supplier}", reason="lost"), "not-entitled"),
        (RevokeKey(key=f"399:{core}", reason="lost"), "unknown-party"),
    ],
)
def test_revocation(world: World, body: RevokeKey, told: str) -> None:
    assert code(world, core, "key.revoke", body) == told
    if told == "accepted":
        with world.reader.open() as snapshot:
            row = snapshot.view.get("key", core, "300")
            assert row is not None
            told_at = snapshot.recent(limit=1)[0].index
        assert (row["until"], row["suspect_from"]) == (told_at + 1, 3)


def test_grants_are_between_parties(world: World) -> None:
    types = ("identity.handle.create/1",)
    assert code(world, core, "grant", Grant(to="99.100/O-NOBODY0000000", types=types)) == (
        "unknown-party"
    )
    assert code(world, core, "grant", Grant(to=supplier, types=types)) == "accepted"


def test_handles_are_created_once_under_ones_own_prefix(world: World) -> None:
    create = "handle.create"
    assert code(world, core, create, record("99.100.2/SN-1")) == "not-entitled"
    assert code(world, core, create, record("99.100.1/e\u0301")) == "handle-refused"
    assert code(world, core, create, record("99.100.1/SN-1", value(1), value(1))) == (
        "values-refused"
    )
    assert code(world, core, create, record("99.100.1/SN-é")) == "accepted"
    assert code(world, core, create, record("99.100.1/sn-é")) == "already-registered"
    assert code(world, core, create, record("99.100.1/SN-É")) == "accepted"
    both = CreateHandles(
        handles=tuple(HandleRecord(handle=f"99.100.1/{s}", values=()) for s in ("AB", "ab"))
    )
    assert code(world, core, create, both) == "already-registered"


def test_values_are_written_by_the_owner_under_the_exact_handle(world: World) -> None:
    handle, write = "99.100.1/SN-1", "handle.write"
    world.add(core, "identity.handle.create/1", record(handle, value(1), value(2)))
    assert code(world, supplier, write, WriteHandle(handle=handle, remove=(1,))) == "not-entitled"
    assert code(world, core, write, WriteHandle(handle="99.100.1/none")) == "handle-unknown"
    assert code(world, core, write, WriteHandle(handle="99.100.1/sn-1")) == "handle-unknown"
    body = WriteHandle(handle=handle, values=(value(2, "new"), value(9)), remove=(1,))
    assert code(world, core, write, body) == "accepted"
    with world.reader.open() as snapshot:
        found = snapshot.view.get("handle", names.fold(handle))
    assert found is not None
    values: Any = found["values"]
    assert [(v["index"], v["data"]) for v in values] == [(2, "new"), (9, "x")]
    many = WriteHandle(handle=handle, values=tuple(value(n) for n in range(100, 163)))
    assert code(world, core, write, many) == "record-too-large"


@pytest.mark.parametrize(
    "handle",
    ["", "99", "99/", "/x", "99/a b", "99/\u202e", "99/\u200b", "99/\n", "99/\x00", "99/a\u2028",
     "-9/x", "99/" + "x" * 253, "99/" + "漢" * 90],
)  # fmt: skip
def test_malformed_handles(handle: str) -> None:
    with pytest.raises(ValidationError):
        HandleRecord(handle=handle, values=())


@pytest.mark.parametrize("reference", ["", "0:99/x", "x:99/x", "300", "300:99", "300:99/", "300:/x",
                                       "300:99/\x00", "1234567890:99/x", "300:99/x y"])  # fmt: skip
def test_malformed_key_references(reference: str) -> None:
    with pytest.raises(ValidationError):
        RevokeKey(key=reference, reason="lost")


def test_new_handles_are_random_crockford() -> None:
    for made, mark in (
        (new_organisation_handle("99.100"), "O"),
        (new_person_handle("99.100"), "P"),
    ):
        prefix, suffix = names.split(made)
        assert (prefix, suffix[:2], len(suffix)) == ("99.100", f"{mark}-", 15)
        assert set(suffix[2:]) <= set(names.crockford)
    assert len({new_person_handle("99") for _ in range(50)}) == 50
