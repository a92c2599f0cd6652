"""Rotation: who must sign, what goes on, and how it cannot be abused."""

from __future__ import annotations

import pytest
from tests.identity.keys.says import (
    add_persons,
    admins,
    code,
    device,
    maker,
    payload,
    rotation,
    row_of,
    say,
)
from tests.ledger.world import World, core, key, node, supplier

from tallystick.identity import AddDevice, RevokeKey
from tallystick.ledger import StreamAuthor, Submission

old, new = f"300:{core}", f"301:{core}"


def test_an_organisation_rotates_its_own_key_and_the_old_one_ends_behind_the_entry(
    world: World,
) -> None:
    said = say(world, core, "key.rotate", rotation(old, new), key(new))
    late = say(world, core, "key.revoke", RevokeKey(key=f"300:{device}", reason="retired"))
    answers = world.ledger.append([said, late])
    assert answers[0].accepted
    assert answers[1].problem is not None
    assert answers[1].problem.code == "key-not-valid"
    ended, fresh = row_of(world, old), row_of(world, new)
    assert ended["until"] == answers[0].index + 1
    assert (ended["reason"], ended["replaced_by"]) == ("replaced", new)
    assert (fresh["since"], fresh["replaces"]) == (answers[0].index, old)
    again = say(
        world, core, "key.revoke", RevokeKey(key=f"300:{device}", reason="retired"), reference=new
    )
    assert code(world, again) == "accepted"
    world.ledger.seal()
    assert world.audit().size > answers[0].index


def test_all_must_sign_and_by_whom(world: World) -> None:
    body = rotation(old, new)
    assert code(world, say(world, core, "key.rotate", body)) == "key-registration-refused"
    assert code(world, say(world, core, "key.rotate", rotation(old, f"302:{supplier}"))) == (
        "rotation-refused"
    )
    add_persons(world, core, admins[:1])
    # The administrator may write it; without the old key it is nothing.
    by_admin = say(world, admins[0], "key.rotate", body, key(new))
    assert code(world, by_admin) == "rotation-refused"
    by_other = say(world, supplier, "key.rotate", body, key(new), key(old))
    assert code(world, by_other) == "rotation-refused"
    both = say(world, admins[0], "key.rotate", body, key(new), key(old))
    assert code(world, both) == "accepted"


@pytest.mark.parametrize("author", [maker, core])
def test_a_person_needs_its_organisation(world: World, author: str) -> None:
    """Not a maker alone, nor with another maker's key: by a key of the organisation."""
    lost, fresh = f"300:{maker}", f"301:{maker}"
    body = rotation(lost, fresh)
    alone = say(world, maker, "key.rotate", body, key(fresh))
    assert code(world, alone) == "rotation-refused"
    stranger = say(world, maker, "key.rotate", body, key(fresh), key("300:99.100/P-CHECKER000000"))
    assert code(world, stranger) == "rotation-refused"
    by_node = say(world, maker, "key.rotate", body, key(fresh), key(f"300:{node}"))
    assert code(world, by_node) == "rotation-refused"
    more = [key(old)] if author == maker else [key(lost)]
    assert code(world, say(world, author, "key.rotate", body, key(fresh), *more)) == "accepted"


def test_an_organisations_narrow_or_node_held_key_gives_no_consent(world: World) -> None:
    """Any key may sign its own replacement; that says nothing about other keys."""
    world.add_key(core, core, index=310, types=("trace.capture/1",))
    world.add_key(core, core, index=311, custody="node")
    body = rotation(f"300:{maker}", f"301:{maker}")
    for weak in (f"310:{core}", f"311:{core}"):
        said = say(world, maker, "key.rotate", body, key(f"301:{maker}"), key(weak))
        assert code(world, said) == "rotation-refused"


def test_a_device_rotates_within_its_stream(world: World) -> None:
    """Its key may sign captures alone, and yet its own replacement; the stream goes on."""
    scanner = "99.100.1/scanner-2"
    pen = world.add_device(core, scanner, types=("trace.capture/1",))
    second, third = f"301:{scanner}", f"302:{scanner}"
    narrow = {"types": ("trace.capture/1",)}
    wide = pen.author.write(
        "identity.key.rotate/1",
        rotation(f"300:{scanner}", second),
        endorsers=[key(second), key(old)],
        seq=0,
        prev="0" * 64,
    )
    # A refused entry of a stream stands in the log, without effect.
    assert code(world, wide) == "rotation-refused"
    assert "until" not in row_of(world, f"300:{scanner}")
    pen = _continued(world, scanner, f"300:{scanner}", wide)
    first = _rotate(pen, f"300:{scanner}", second, **narrow)
    assert code(world, first) == "accepted"
    pen = _continued(world, scanner, second, first, seq=2)
    again = _rotate(pen, f"300:{scanner}", third, **narrow)
    assert code(world, again) == "rotation-refused"
    pen = _continued(world, scanner, second, again, seq=3)
    assert code(world, _rotate(pen, second, third, **narrow)) == "accepted"
    assert row_of(world, third)["replaces"] == second
    world.ledger.seal()
    world.audit()


def test_a_revoked_key_is_not_rotated_and_nothing_comes_back(world: World) -> None:
    assert code(world, say(world, core, "key.rotate", rotation(old, new), key(new))) == "accepted"
    third = f"302:{core}"
    twice = say(world, core, "key.rotate", rotation(old, third), key(third), reference=new)
    assert code(world, twice) == "rotation-refused"
    # Neither the old reference nor the old public key is ever used again.
    back = rotation(new, old)
    assert code(world, say(world, core, "key.rotate", back, key(old), reference=new)) == (
        "already-registered"
    )
    same = rotation(new, third).model_copy(update={"jwk": key(old).private.public.jwk()})
    assert code(world, say(world, core, "key.rotate", same, reference=new)) == "already-registered"
    gone = RevokeKey(key=new, reason="stolen")
    assert code(world, say(world, core, "key.revoke", gone, reference=new)) == "accepted"
    late = say(world, core, "key.rotate", rotation(new, third), key(third), reference=new)
    assert code(world, late) == "key-not-valid"


def test_a_rotation_gives_no_more_rights_and_no_log_key_away(world: World) -> None:
    world.add_key(core, core, index=310, types=("trace.*", "identity.key.revoke/1"))
    for types, told in (
        (("trace.*", "finance.*"), "rotation-refused"),
        (("*",), "rotation-refused"),
        (("trace.capture/1", "identity.key.revoke/1"), "accepted"),
    ):
        body = rotation(f"310:{core}", f"311:{core}", types=types)
        said = say(world, core, "key.rotate", body, key(f"311:{core}"), key(f"310:{core}"))
        assert code(world, said) == told
    log_key = "300:99/L-LOG0000000000"
    body = rotation(log_key, "309:99/L-LOG0000000000")
    said = say(world, core, "key.rotate", body, key(log_key), key("309:99/L-LOG0000000000"))
    assert code(world, said) == "unknown-party"


def test_a_service_whose_key_the_node_holds_is_rotated_by_its_organisation(world: World) -> None:
    service = "99.100.1/erp"
    world.add(
        core,
        "identity.device.add/1",
        AddDevice(device=service, organisation=core, purpose="service"),
    )
    world.add_key(core, service, custody="node")
    lost, fresh = f"300:{service}", f"301:{service}"
    body = rotation(lost, fresh, custody="node", types=world.types_of("service"))
    by_node_alone = say(world, service, "key.rotate", body, key(fresh))
    assert code(world, by_node_alone) == "own-key-required"
    assert code(world, say(world, core, "key.rotate", body, key(fresh), key(lost))) == "accepted"


def _rotate(pen: StreamAuthor, gone: str, fresh: str, **change: object) -> Submission:
    return pen.author.write(
        "identity.key.rotate/1",
        rotation(gone, fresh, **change),
        endorsers=[key(fresh), key(old)],
        seq=pen.seq,
        prev=pen.prev,
    )


def _continued(
    world: World, handle: str, reference: str, last: Submission, seq: int = 1
) -> StreamAuthor:
    return StreamAuthor(world.author(handle, reference), seq, payload(last))
