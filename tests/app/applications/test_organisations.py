"""Organisations and incidents as data and as pages: for everybody, for itself and its node, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.applications.office import Office, first, opened, other, second
from tests.identity.people.firm import decide, propose
from tests.ledger.world import core, node, supplier

from tallystick.identity import Hold, SuspendOrganisation, TellIncident

hold = Hold(
    kind="hold", organisation=supplier, list="UN SC", version="2026-01-04", evidence="e" * 64
)  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home: Path = tmp_path_factory.mktemp("organisations")
    with opened(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        applicant = made.begin().submitted()
        proposal = made.propose(applicant.number).json()["proposal"]
        assert decide(made.world, second, proposal) == "accepted"
        suspend = SuspendOrganisation(kind="suspend", organisation=supplier, reason="fraud")
        for what in (hold, suspend):
            _, name = propose(made.world, first, what, node)
            assert decide(made.world, second, name) == "accepted"
        yield made


def get(office: Office, path: str, person: str = "") -> Any:
    office.client.cookies.clear()
    if person:
        office.log_in(person)
    return office.client.get(path)


def test_everybody_sees_who_it_is_and_by_whom_it_was_verified(office: Office) -> None:
    found = get(office, "/v1/organisations", "").json()["organisations"]
    newcomer = next(one for one in found if one["name"].get("en") == "Newcomer Electronics")
    assert newcomer["verified"] is True
    assert newcomer["admitted"]["by"] == sorted([first, second])
    told = get(office, f"/v1/organisations/{newcomer['organisation']}").json()
    assert "own" not in told
    page = get(office, f"/organisations/{newcomer['organisation']}?lang=en").text
    assert "Newcomer Electronics" in page
    assert f"/v1/bundles/entries/{newcomer['admitted']['index']}" in page
    assert "Business licence" not in page
    unverified = get(office, f"/organisations/{core}?lang=en").text
    assert "unverified" in unverified


@pytest.mark.parametrize(
    ("q", "count"),
    [("Newcomer", 1), ("elec", 1), ("电子", 1), ("新来", 1), ("9135", 1), ("some", 3), ("zzz", 0), ("O-CORE", 1)],
)  # fmt: skip
def test_they_are_found_by_word_character_number_and_handle(
    office: Office, q: str, count: int
) -> None:
    found = get(office, f"/v1/organisations?q={q}").json()["organisations"]
    assert len(found) == count


def test_lists_go_on_where_they_ended(office: Office) -> None:
    names: list[str] = []
    after = ""
    while True:
        told = get(office, f"/v1/organisations?limit=2&after={after}").json()
        names += [one["organisation"] for one in told["organisations"]]
        if told["next"] is None:
            break
        after = told["next"]
    assert len(names) == len(set(names)) == 5


def test_itself_and_its_node_see_more_and_nobody_else(office: Office) -> None:
    path = f"/v1/organisations/{supplier}"
    for person in (other, first):
        told = get(office, path, person).json()["own"]
        assert told["held"]["list"] == "UN SC"
        assert "evidence" not in told["held"]
        assert [one["what"] for one in told["history"]] == ["held", "suspended"]
        page = get(office, f"/organisations/{supplier}?lang=en", person).text
        assert "Payments are held because of sanctions" in page
        # Only officers of its node propose there.
        assert ("Propose to lift the suspension" in page) is (person == first)
    for person in ("", "99.100/P-MAKER00000000"):
        told = get(office, path, person).json()
        assert "own" not in told
        page = get(office, f"/organisations/{supplier}", person).text
        assert "UN SC" not in page


def test_both_forms_for_papers_ask_for_the_end_of_an_authorisation(office: Office) -> None:
    for path, person in (("/apply", ""), (f"/organisations/{supplier}", other)):
        page = get(office, f"{path}?lang=en", person).text
        assert 'data-asks="ends"' in page
        assert re.findall(r'value="([a-z-]+)" data-asks>', page) == ["agent-authorisation"], path


def test_nothing_is_there_of_whom_nobody_knows(office: Office) -> None:
    assert get(office, "/v1/organisations/99.100/O-NOBODY").status_code == 404
    assert get(office, "/organisations/99.100/O-NOBODY").status_code == 404


def incident(office: Office, audience: str, *concerns: str) -> None:
    body = TellIncident(
        node="99.100", what="outage", since="2026-01-05T00:00:00.000Z", audience=audience,  # type: ignore[arg-type]
        concerns=concerns,
    )  # fmt: skip
    office.world.add(first, "identity.incident.tell/1", body)


def test_incidents_reach_whom_they_are_for(office: Office) -> None:
    incident(office, "public")
    incident(office, "members")
    incident(office, "concerned", core)
    counts = {
        who: len(get(office, "/v1/incidents", who).json()["incidents"])
        for who in ("", other, "99.100/P-MAKER00000000", first)
    }
    # The public; a member; a member whom one concerns; and the node that told of them.
    assert counts == {"": 1, other: 2, "99.100/P-MAKER00000000": 3, first: 3}
    assert "Outage" in get(office, "/?lang=en").text
    assert "服务中断" in get(office, "/organisations?lang=zh").text


def test_papers_that_end_are_told_to_the_organisation_and_its_node(office: Office) -> None:
    """One authorisation of the newcomer ends on 1 January 2027; the clock of this log is in January 2026."""
    office.world.clock.advance(300 * 86_400_000)
    incident(office, "concerned", supplier)
    office.world.ledger.seal()
    found = get(office, "/v1/organisations?q=Newcomer").json()["organisations"][0]["organisation"]
    people = office.world.reader
    with people.open() as snapshot:
        person = next(iter(snapshot.view.group("member", found)))
    page = get(office, "/organisations?lang=en", first).text
    assert "Papers that end" in page
    own = get(office, f"/organisations/{found}?lang=en", person).text
    assert "until 1 January 2027" in own
    assert "Papers that end" not in get(office, "/organisations?lang=en").text
