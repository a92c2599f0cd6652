"""Recovery: persons and never keys are counted, in time, and by whom it may be done."""

from __future__ import annotations

import pytest
from tests.identity.keys.says import (
    add_persons,
    admins,
    approval,
    approve,
    code,
    device,
    helpers,
    maker,
    payload,
    propose,
    proposed,
    recovery,
    row_of,
    say,
    with_officers,
)
from tests.ledger.world import World, core, key, supplier

from tallystick.identity import Decide, Grant, LeavePerson, Propose, RevokeKey, SetOfficers

lost, new = f"300:{core}", f"301:{core}"
body = recovery(lost, new, suspect_from=3)
day_ms = 86_400_000


@pytest.fixture
def world(world: World) -> World:
    with_officers(world)
    return world


def refuse(world: World, by: str, proposal: str, reference: str = "") -> str:
    told = Decide(proposal=proposal, decision="refuse")
    return code(world, say(world, by, "decide", told, reference=reference))


def set_officers(world: World, by: str, quorum: int, *persons: str) -> str:
    told = SetOfficers(kind="officers", quorum=quorum, officers=persons)
    said = say(world, by, "propose", Propose(organisation=core, what=told))
    answer = code(world, said)
    return payload(said) if answer == "accepted" else answer


def test_two_officers_replace_a_lost_key_which_is_revoked_by_the_same_entry(world: World) -> None:
    proposal = propose(world, admins[0], body)
    assert "until" not in row_of(world, lost)
    assert approve(world, admins[1], proposal) == "not-restated"
    changed = recovery(lost, new, suspect_from=2)
    assert approve(world, admins[1], proposal, changed) == "not-restated"
    assert approve(world, admins[1], proposal, body) == "accepted"
    ended, fresh = row_of(world, lost), row_of(world, new)
    assert ended["until"] == fresh["since"] + 1
    assert (ended["reason"], ended["replaced_by"], ended["suspect_from"]) == ("lost", new, 3)
    assert (fresh["replaces"], fresh["custody"]) == (lost, "self")
    gone = RevokeKey(key=f"300:{device}", reason="retired")
    assert code(world, say(world, core, "key.revoke", gone)) == "key-not-valid"
    assert code(world, say(world, core, "key.revoke", gone, reference=new)) == "accepted"
    assert approve(world, admins[2], proposal, body) == "proposal-closed"
    world.ledger.seal()
    world.audit()


def test_one_person_counts_once_with_any_number_of_keys(world: World) -> None:
    world.add_key(admins[0], admins[0], index=301)
    proposal = propose(world, admins[0], body)
    assert approve(world, admins[0], proposal, body) == "same-person"
    again = say(
        world,
        admins[0],
        "decide",
        approval(proposal, body),
        key(f"300:{admins[0]}"),
        reference=f"301:{admins[0]}",
    )
    assert code(world, again) == "same-person"
    # Another's endorsement makes it no act of the other.
    assert approve(world, admins[0], proposal, body, key(f"300:{admins[1]}")) == "same-person"


def test_a_grant_lets_nobody_approve_as_somebody_else(world: World) -> None:
    world.add(admins[1], "identity.grant/1", Grant(to=admins[0], types=("identity.decide/1",)))
    proposal = propose(world, admins[0], body)
    borrowed = say(
        world, admins[1], "decide", approval(proposal, body), reference=f"300:{admins[0]}"
    )
    assert code(world, borrowed) == "not-entitled"


def test_a_key_that_the_node_holds_approves_nothing(world: World) -> None:
    add_persons(world, core, ["99.100/P-ADMIN90000000"])
    person = "99.100/P-ADMIN90000000"
    world.add_key(person, person, index=301, custody="node")
    proposal = propose(world, admins[0], body)
    by_node = say(world, person, "decide", approval(proposal, body), reference=f"301:{person}")
    assert code(world, by_node) == "own-key-required"


@pytest.mark.parametrize("author", [maker, core, supplier])
def test_only_officers_take_part(world: World, author: str) -> None:
    said = say(world, author, "propose", proposed(world, body), key(new))
    assert code(world, said) == "not-entitled"
    proposal = propose(world, admins[0], body)
    assert approve(world, author, proposal, body) == "not-entitled"


def test_nobody_recovers_its_own_key(world: World) -> None:
    world.add_key(admins[0], admins[0], index=301)
    mine = recovery(f"300:{admins[0]}", f"302:{admins[0]}")
    said = say(
        world,
        admins[0],
        "propose",
        proposed(world, mine),
        key(mine.key),
        reference=f"301:{admins[0]}",
    )
    assert code(world, said) == "same-person"
    proposal = propose(world, admins[1], mine)
    own = say(
        world,
        admins[0],
        "decide",
        approval(proposal, mine),
        reference=f"301:{admins[0]}",
    )
    assert code(world, own) == "same-person"
    assert approve(world, admins[2], proposal, mine) == "accepted"


def test_the_new_key_signs_and_is_nobodys(world: World) -> None:
    assert (
        code(world, say(world, admins[0], "propose", proposed(world, body)))
        == "key-registration-refused"
    )
    taken = body.model_copy(update={"jwk": key(lost).private.public.jwk()})
    assert (
        code(world, say(world, admins[0], "propose", proposed(world, taken)))
        == "already-registered"
    )
    wide = recovery(f"300:{device}", f"301:{device}")
    said = say(world, admins[0], "propose", proposed(world, wide), key(wide.key))
    assert code(world, said) == "recovery-refused"
    held = recovery(lost, new, custody="node")
    assert (
        code(world, say(world, admins[0], "propose", proposed(world, held), key(new)))
        == "recovery-refused"
    )
    # Registered in between by somebody else: the approval that completes is refused.
    proposal = propose(world, admins[0], body)
    world.add_key(core, core, index=301)
    assert approve(world, admins[1], proposal, body) == "already-registered"


def test_an_officer_ends_a_proposal_and_a_thief_does_not(world: World) -> None:
    proposal = propose(world, admins[0], recovery(lost, new, reason="stolen"))
    assert refuse(world, core, proposal) == "not-entitled"
    assert refuse(world, helpers[0], proposal) == "not-entitled"
    assert refuse(world, admins[1], proposal) == "accepted"
    assert approve(world, admins[2], proposal, body) == "proposal-closed"
    assert refuse(world, admins[1], proposal) == "proposal-closed"


def test_a_proposal_ends_at_its_instant(world: World) -> None:
    first, second = propose(world, admins[0], body), propose(world, admins[1], body)
    with world.reader.open() as snapshot:
        row = snapshot.view.get("pending", first)
    assert row is not None
    world.clock.set(str(row["time"]))
    world.clock.advance(30 * day_ms - 1)
    world.ledger.seal(force=True)
    assert approve(world, admins[2], first, body) == "accepted"
    world.clock.advance(1)
    world.ledger.seal(force=True)
    assert approve(world, admins[2], second, body) == "proposal-closed"


def test_two_persons_of_the_node_help_after_three_days_in_which_the_owner_may_refuse(
    world: World,
) -> None:
    proposal = propose(world, helpers[0], body)
    with world.reader.open() as snapshot:
        row = snapshot.view.get("pending", proposal)
    assert row is not None
    world.clock.set(str(row["time"]))
    world.clock.advance(3 * day_ms - 1)
    world.ledger.seal(force=True)
    assert approve(world, helpers[1], proposal, body) == "too-early"
    world.clock.advance(1)
    world.ledger.seal(force=True)
    # An officer of the organisation is none of the node's, and counts among its own alone.
    assert approve(world, admins[0], proposal, body) == "not-entitled"
    refused = propose(world, helpers[0], body)
    assert refuse(world, core, refused) == "accepted"
    assert approve(world, helpers[1], proposal, body) == "accepted"
    assert row_of(world, lost)["replaced_by"] == new


def test_named_officers_alone_count_and_no_node(world: World) -> None:
    proposal = set_officers(world, admins[0], 2, admins[0], admins[1])
    assert approve(world, admins[2], proposal) == "accepted"
    assert (
        code(world, say(world, admins[2], "propose", proposed(world, body), key(new)))
        == "not-entitled"
    )
    assert (
        code(world, say(world, helpers[0], "propose", proposed(world, body), key(new)))
        == "not-entitled"
    )
    # A quorum of three is set by two, and from then on it takes three.
    proposal = set_officers(world, admins[0], 3, *admins)
    assert approve(world, admins[1], proposal) == "accepted"
    proposal = propose(world, admins[0], body)
    assert approve(world, admins[1], proposal, body) == "not-restated"
    assert approve(world, admins[1], proposal) == "accepted"
    assert approve(world, admins[2], proposal, body) == "accepted"


def test_officers_are_administrators_each_once_and_enough(world: World) -> None:
    assert set_officers(world, admins[0], 2, admins[0], admins[0]) == "officers-refused"
    assert set_officers(world, admins[0], 3, admins[0], admins[1]) == "officers-refused"
    assert set_officers(world, admins[0], 2, admins[0], maker) == "officers-refused"
    assert set_officers(world, admins[0], 2, admins[0], helpers[0]) == "officers-refused"
    assert set_officers(world, helpers[0], 2, admins[0], admins[1]) == "not-entitled"
    assert approve(world, admins[0], "0" * 64) == "proposal-unknown"


def test_whoever_left_gets_no_key_and_a_proposal_is_withdrawn_by_its_own_hand(world: World) -> None:
    mine = recovery(f"300:{maker}", f"301:{maker}")
    proposal = propose(world, admins[0], mine)
    take_back = Decide(proposal=proposal, decision="withdraw")
    told = take_back.model_copy(update={"recovered": mine})
    assert code(world, say(world, admins[0], "decide", told)) == "not-restated"
    assert code(world, say(world, admins[1], "decide", take_back)) == "not-entitled"
    assert code(world, say(world, admins[0], "decide", take_back)) == "accepted"
    gone = propose(world, admins[0], mine)
    assert code(world, say(world, maker, "person.leave", LeavePerson(person=maker, reason="left")))
    assert approve(world, admins[1], gone, mine) == "person-left"


def test_what_is_said_for_another_organisation_is_refused(world: World) -> None:
    """Else officers of one firm would recover keys of another."""
    told = Propose(organisation=core, what=recovery(f"300:{supplier}", f"301:{supplier}"))
    said = say(world, admins[0], "propose", told, key(f"301:{supplier}"))
    assert code(world, said) == "not-entitled"
