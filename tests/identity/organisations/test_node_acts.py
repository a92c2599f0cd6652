"""What two people of a node decide about an organisation besides admitting it, and what one may say at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.identity.people.firm import (
    add,
    by_node,
    code,
    decide,
    found,
    node_officers,
    propose,
    row,
)
from tests.identity.people.firm import first as officer
from tests.ledger.world import World, core, node, root, supplier

from tallystick.identity import (
    ConfirmPapers,
    CreateHandles,
    DelegatePrefix,
    FoundOrganisation,
    HandleRecord,
    HandPapers,
    Hold,
    Paper,
    Release,
    SetQuota,
    SuspendOrganisation,
    TellIncident,
    held,
)
from tallystick.ledger import Attachment, AttachmentRef, Submission, payload_hash

evidence = "e" * 64
alone = "99/P-NODEALONE0001"
hold = Hold(
    kind="hold", organisation=supplier, list="UN SC consolidated", version="2026-01-04", evidence=evidence,
)  # fmt: skip
release = Release(kind="release", organisation=supplier, reason="another-party")
pdf = Attachment("application/pdf", b"%PDF-1.7 renewed", b"s" * 32, "restricted")


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path / "home")
    made.populate()
    return made


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    return made


def past(world: World, organisation: str) -> list[dict[str, Any]]:
    with world.reader.open() as snapshot:
        rows = snapshot.view.group("organisation-past", organisation)
    return [dict(one) for one in rows.values()]


def test_payments_are_held_and_released_by_two(both: World) -> None:
    assert by_node(both, release) == "nothing-to-do"
    assert by_node(both, hold) == "accepted"
    assert by_node(both, hold) == "nothing-to-do"
    with both.reader.open() as snapshot:
        told = held(snapshot.view, supplier)
    assert told is not None
    assert (told["list"], told["evidence"]) == (hold.list, evidence)
    assert by_node(both, release) == "accepted"
    assert [one["what"] for one in past(both, supplier)] == ["held", "released"]
    assert past(both, supplier)[1]["reason"] == "another-party"
    both.audit()


def founded_by(world: World, organisation: str, *people: tuple[str, str]) -> None:
    """Each person with one role."""
    for person, roles in people:
        assert (
            add(world, organisation, person, *roles.split(), organisation=organisation)
            == "accepted"
        )
        world.add_key(organisation, person)
    body = FoundOrganisation(organisation=organisation)
    assert code(world, organisation, "organisation.found", body) == "accepted"


def test_one_key_of_a_node_decides_nothing_about_others(world: World) -> None:
    """Nor one person of it, however long it waits."""
    quota = SetQuota(kind="quota", organisation=supplier, handles=1)
    suspend = SuspendOrganisation(kind="suspend", organisation=supplier, reason="fraud")
    for what in (hold, quota, suspend):
        assert propose(world, node, what, node)[0] == "two-persons-needed"
    founded_by(world, node, (alone, "administrator maker checker"))
    told, name = propose(world, alone, hold, node)
    assert told == "accepted"
    world.clock.advance(9 * 24 * 3600 * 1000)
    world.ledger.seal(force=True)
    assert decide(world, alone, name) == "same-person"


@pytest.mark.parametrize("by", [core, supplier, root])
def test_nobody_but_its_node_holds_releases_limits_or_suspends(world: World, by: str) -> None:
    """Each of them is founded, so that nobody is refused for that."""
    left = by.replace("O-", "P-")
    founded_by(world, by, (left, "administrator"), (f"{left}2", "security-administrator"))
    quota = SetQuota(kind="quota", organisation=supplier, handles=1)
    suspend = SuspendOrganisation(kind="suspend", organisation=supplier, reason="fraud")
    papers = ConfirmPapers(kind="papers", organisation=supplier, handed="0" * 64)
    for what in (hold, release, quota, suspend, papers):
        assert propose(world, left, what, by)[0] == "not-entitled"


def test_no_node_decides_so_about_itself_or_somebody_unknown(world: World) -> None:
    for organisation, expected in ((node, "not-entitled"), ("99.100/O-NOBODY", "unknown-party")):
        what = hold.model_copy(update={"organisation": organisation})
        assert by_node(world, what) == expected


@pytest.mark.parametrize(
    "change",
    [{"list": ""}, {"list": "a\nb"}, {"list": "x" * 81}, {"version": "\u202e"}, {"evidence": "E"}],
)
def test_what_names_no_list(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Hold.model_validate({**hold.model_dump(), **change})


def make(world: World, *suffixes: str) -> str:
    handles = tuple(HandleRecord(handle=f"99.100.2/{one}", values=()) for one in suffixes)
    return code(world, supplier, "handle.create", CreateHandles(handles=handles))


def test_a_quota_is_what_is_left_and_taken_by_each_handle(world: World) -> None:
    quota = SetQuota(kind="quota", organisation=supplier, handles=3, prefixes=1)
    assert by_node(world, quota) == "accepted"
    assert by_node(world, quota) == "nothing-to-do"
    assert make(world, "A", "B") == "accepted"
    assert make(world, "C", "D") == "organisation-quota-reached"
    assert make(world, "C") == "accepted"
    assert row(world, "organisation-quota", supplier) == {"handles": 0, "prefixes": 1}
    for child, expected in (("7", "accepted"), ("8", "organisation-quota-reached")):
        body = DelegatePrefix(prefix=f"99.100.{child}", holder=supplier, role="enterprise")
        assert code(world, node_officers(world)[0], "prefix.delegate", body) == expected
    free = SetQuota(kind="quota", organisation=supplier)
    assert by_node(world, free) == "accepted"
    assert make(world, "D", "E", "F") == "accepted"


def test_a_quota_of_both_prefix_and_holder_counts_once_for_each(world: World) -> None:
    """Handles under two prefixes in one entry are all taken from what the organisation may make."""
    second = DelegatePrefix(prefix="99.100.9", holder=supplier, role="enterprise")
    assert code(world, node, "prefix.delegate", second) == "accepted"
    assert by_node(world, SetQuota(kind="quota", organisation=supplier, handles=3)) == "accepted"
    two = CreateHandles(
        handles=tuple(
            HandleRecord(handle=f"{prefix}/{suffix}", values=())
            for prefix in ("99.100.2", "99.100.9")
            for suffix in ("X", "Y")
        )
    )
    assert code(world, supplier, "handle.create", two) == "organisation-quota-reached"


def paper(kind: str, ends: str | None = None) -> Paper:
    ref = AttachmentRef(hash=pdf.hash(), type=pdf.type, size=len(pdf.data), grade="restricted")
    return Paper(kind=kind, document=ref, ends=ends)  # type: ignore[arg-type]


def hand(
    world: World, *papers: Paper, by: str = supplier, organisation: str = supplier
) -> tuple[str, str]:
    """The verdict, and the name by which the node confirms it."""
    body = HandPapers(organisation=organisation, papers=papers)
    sent: Submission = world.author(by).write("identity.papers.hand/1", body, attachments=[pdf])
    (answer,) = world.ledger.append([sent])
    told = answer.problem.code if answer.problem else (answer.code or answer.outcome)
    return told, payload_hash(sent.envelope).hex()


def test_later_papers_are_handed_in_and_confirmed_by_two(both: World) -> None:
    told, first = hand(both, paper("business-licence", "2027-01-01"))
    assert told == "accepted"
    assert "papers" not in row(both, "organisation", supplier)
    confirm = ConfirmPapers(kind="papers", organisation=supplier, handed=first)
    wrong = confirm.model_copy(update={"organisation": core})
    assert by_node(both, wrong) == "papers-unknown"
    assert by_node(both, confirm) == "accepted"
    assert by_node(both, confirm) == "papers-unknown"
    _, second = hand(both, paper("business-licence", "2028-01-01"), paper("legal-representative"))
    assert by_node(both, confirm.model_copy(update={"handed": second})) == "accepted"
    papers = row(both, "organisation", supplier)["papers"]
    assert [(one["kind"], one.get("ends")) for one in papers] == [
        ("business-licence", "2028-01-01"), ("legal-representative", None),
    ]  # fmt: skip
    with both.reader.open() as snapshot:
        keys = snapshot.view.keys("organisation-by-paper-end", "2027", "2029")
    assert [(key, name) for key, name, _ in keys] == [("2028-01-01", supplier)]
    assert next(one["kinds"] for one in past(both, supplier)) == ["business-licence"]
    both.audit()


def test_papers_that_nobody_may_hand_in(world: World) -> None:
    assert hand(world, paper("business-licence"), by=core)[0] == "not-entitled"
    assert hand(world, paper("business-licence", "2025-12-31"))[0] == "paper-ended"
    assert hand(world, paper("other"), paper("other"))[0] == "accepted"
    twice = paper("bank-account"), paper("bank-account")
    assert hand(world, *twice)[0] == "paper-ended"
    # Whoever applied by the desk was asked for the end, whoever wrote the entry was not.
    assert hand(world, paper("agent-authorisation"))[0] == "paper-end-missing"
    assert hand(world, paper("agent-authorisation", "2026-01-05"))[0] == "accepted"


def tell(world: World, by: str = node, **change: Any) -> tuple[str, str]:
    told: dict[str, Any] = {
        "node": "99.100", "what": "outage", "since": "2026-01-05T00:00:00.000Z", "audience": "members",
    }  # fmt: skip
    body = TellIncident(**told | change)
    sent = world.author(by).write("identity.incident.tell/1", body)
    (answer,) = world.ledger.append([sent])
    verdict = answer.problem.code if answer.problem else (answer.code or answer.outcome)
    return verdict, payload_hash(sent.envelope).hex()


def test_an_incident_is_told_followed_and_ended(world: World) -> None:
    verdict, name = tell(world)
    assert verdict == "accepted"
    end = {"follows": name, "until": "2026-01-05T02:00:00.000Z", "what": "delay"}
    assert tell(world, **end)[0] == "accepted"
    told = row(world, "incident", name)
    assert (told["what"], told["until"], len(told["notices"])) == ("delay", end["until"], 2)


@pytest.mark.parametrize(
    ("by", "change", "expected"),
    [
        (supplier, {}, "not-entitled"),
        (core, {"node": "99.100.1"}, "not-entitled"),
        (node, {"node": "99"}, "not-entitled"),
        (node, {"until": "2026-01-04T00:00:00.000Z"}, "incident-refused"),
        (node, {"audience": "concerned"}, "incident-refused"),
        (node, {"concerns": (core, core)}, "incident-refused"),
        (node, {"concerns": ("99.100/O-NOBODY",)}, "unknown-party"),
        (node, {"follows": "0" * 64}, "incident-refused"),
    ],
)
def test_incidents_that_are_refused(
    world: World, by: str, change: dict[str, Any], expected: str
) -> None:
    assert tell(world, by, **change)[0] == expected


def test_an_enterprise_has_no_incidents_of_a_node(world: World) -> None:
    """The holder of an enterprise's prefix is no node."""
    found(world)
    assert tell(world, officer, node="99.100.1")[0] == "not-entitled"
