"""An organisation applies over HTTP, is asked back, and is admitted by two people of the node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.applications.office import (
    Applicant,
    Office,
    first,
    form,
    opened,
    other,
    pdf,
    prefix,
    second,
)
from tests.identity.people.firm import decide, row
from tests.ledger.world import core, key

from tallystick.app.applications import desk as applicants
from tallystick.app.applications import papers
from tallystick.app.applications.verifying import sweep
from tallystick.identity import uscc_with_check
from tallystick.ledger import SystemClock, from_instant, instant


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with opened(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str) -> Iterator[Office]:
    with opened(tmp_path, sqlite_url) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("office")
    with opened(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        yield made


def code(answer: Any) -> str:
    return "" if answer.status_code < 300 else str(answer.json()["code"])


def test_from_the_first_word_to_the_first_login(both: Office) -> None:
    applicant = both.begin()
    assert code(applicant.call("POST", "/submission")) == "application-incomplete"
    applicant.submitted()
    assert applicant.state["state"] == "submitted"
    assert code(applicant.call("PUT", json=form)) == "application-closed"
    # An officer sees it, reads a paper, and asks back.
    client = both.log_in(first)
    listed = client.get("/v1/applications").json()
    assert [one["number"] for one in listed["applications"]] == [applicant.number]
    path = f"/v1/applications/{applicant.number}"
    told = client.get(path).json()
    assert told["form"]["contact"] == form["contact"]
    paper = told["papers"][0]
    answer = client.get(f"{path}/papers/{paper['id']}")
    assert (answer.content, answer.headers["content-type"]) == (pdf, "application/pdf")
    question = {"text": "The English name does not stand on the licence."}
    assert client.post(f"{path}/question", json=question).json()["state"] == "asked"
    # The applicant corrects it, on the way back that it has.
    client.cookies.clear()
    assert applicant.call("GET").json()["question"] == question["text"]
    name = {"zh": form["name"]["zh"]}
    assert code(applicant.call("PUT", json=form | {"name": name})) == ""
    assert applicant.call("POST", "/submission").json()["state"] == "submitted"
    assert "question" not in applicant.state
    # Two people admit it.
    proposed = both.propose(applicant.number)
    assert proposed.status_code == 200, proposed.text
    proposal = proposed.json()["proposal"]
    assert decide(both.world, first, proposal) == "same-person"
    assert applicant.call("GET").json()["state"] == "proposed"
    assert decide(both.world, second, proposal) == "accepted"
    assert applicant.call("GET").json()["state"] == "admitted"
    handle = applicant.state["organisation"]
    organisation = row(both.world, "organisation", handle)
    assert organisation["name"] == name
    assert organisation["verified"]
    assert organisation["founded"]
    assert {one["kind"] for one in organisation["papers"]} >= {"business-licence", "contact"}
    # Nothing of it is left beside the log, and its first person logs in.
    with both.world.store.read() as transaction:
        assert list(transaction.rows("application_part")) == []
    person = applicant.state["persons"][0]
    both.log_in(person)
    assert both.client.get("/v1/login").json()["organisation"] == handle
    both.world.audit()


def test_what_is_kept_beside_the_log_is_sealed(office: Office) -> None:
    applicant = office.begin().submitted()
    with office.world.store.read() as transaction:
        rows = [*transaction.rows("application"), *transaction.rows("application_part")]
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for one in rows for value in one
    )
    secrets = (pdf, form["contact"].encode(), form["name"]["en"].encode(), applicant.token.encode())
    assert len(rows) == 7
    assert not [secret for secret in secrets if secret in stored]


def test_a_refusal_destroys_what_was_sent_and_says_why(office: Office) -> None:
    applicant = office.begin().submitted()
    client = office.log_in(second)
    path = f"/v1/applications/{applicant.number}"
    told = {"reason": "not-authorised", "text": "The authorisation names another firm."}
    assert client.post(f"{path}/refusal", json=told).json()["state"] == "refused"
    assert code(client.post(f"{path}/refusal", json=told)) == "application-closed"
    client.cookies.clear()
    left = applicant.call("GET").json()
    assert (left["state"], left["reason"], left["text"]) == ("refused", *told.values())
    assert "form" not in left
    assert left["papers"] == left["people"] == []
    with office.world.store.read() as transaction:
        assert len(list(transaction.rows("application_part"))) == 1


def test_whoever_has_no_token_learns_nothing(shared: Office) -> None:
    applicant = shared.begin()
    unknown = Applicant(shared.client, "A-0000000000000", applicant.token)
    foreign = Applicant(shared.client, applicant.number, shared.begin().token)
    for one in (unknown, foreign):
        assert code(one.call("GET")) == "application-unknown"
        assert code(one.call("PUT", json=form)) == "application-unknown"
        assert code(one.paper("other")) == "application-unknown"
        assert code(one.call("POST", "/withdrawal")) == "application-unknown"
    same = [one.call("GET").json() for one in (unknown, foreign)]
    assert same[0] == same[1]


def test_only_a_handle_drafts_an_admission(shared: Office) -> None:
    """The log would refuse the entry later: whoever signs learns it before."""
    path = f"/v1/applications/{shared.begin().submitted().number}/draft"
    client = shared.log_in(first)
    for author in ("", "a", "a/b c", "99.100/\x00", "99.100/\u202ea", "/", "99.100/"):
        assert code(client.get(path, params={"author": author})) == "application-malformed", author
    assert client.get(path, params={"author": first}).status_code == 200


def test_strangers_officers_and_the_public_see_no_application(shared: Office) -> None:
    applicant = shared.begin().submitted()
    path = f"/v1/applications/{applicant.number}"
    asked = {"text": "?"}
    for person in ("", other):
        shared.client.cookies.clear()
        if person:
            shared.log_in(person)
        expected = "not-your-applications"
        assert code(shared.client.get("/v1/applications")) == expected
        assert code(shared.client.get(path)) == expected
        assert code(shared.client.get(f"{path}/papers/{'0' * 16}")) == expected
        assert code(shared.client.post(f"{path}/question", json=asked)) == expected
        assert code(shared.client.post(f"{path}/refusal", json={"reason": "other"})) == expected
        assert code(shared.client.get(f"{path}/draft", params={"author": first})) == expected
        # One that does not exist is answered alike.
        assert (
            shared.client.get(path).json()["title"]
            == shared.client.get("/v1/applications/A-0000000000000").json()["title"]
        )
    shared.log_in("99.100/P-MAKER00000000")
    assert code(shared.client.get(path)) == "role-missing"


files: list[tuple[str, str, bytes, dict[str, str]]] = [
    ("licence", "", pdf, {}),
    ("business-licence", "", b"", {}),
    ("business-licence", "", b"<html>", {}),
    ("business-licence", "", b"MZ" + bytes(100), {"Content-Type": "application/pdf"}),
    ("business-licence", "", pdf, {"Content-Type": "image/png"}),
    ("business-licence", "tomorrow", pdf, {}),
    ("business-licence", "2027-02-30", pdf, {}),
    ("business-licence", "2020-01-01", pdf, {}),
    ("business-licence", "2199-01-01", pdf, {}),
    ("agent-authorisation", "", pdf, {}),
]


def test_files_that_are_no_papers(shared: Office) -> None:
    applicant = shared.begin()
    for kind, ends, data, headers in files:
        answer = applicant.paper(kind, ends, data, headers=headers)
        assert code(answer) == "paper-refused", (kind, ends, headers)
    assert applicant.call("GET").json()["papers"] == []


def test_files_have_limits_of_size_count_and_sum(
    shared: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = shared.begin()
    monkeypatch.setattr(papers, "files_max", 2)
    monkeypatch.setattr(papers, "total_bytes_max", 5 * len(pdf))
    assert code(applicant.paper("other", data=pdf * 3)) == ""
    assert code(applicant.paper("other", data=pdf * 3)) == "paper-refused"
    assert code(applicant.paper("other")) == ""
    assert code(applicant.paper("other")) == "paper-refused"
    # One of a kind takes the place of the one before.
    known = applicant.state["papers"][0]["id"]
    assert code(applicant.call("DELETE", f"/papers/{known}")) == ""
    assert code(applicant.call("DELETE", f"/papers/{known}")) == "application-unknown"
    for _ in range(2):
        assert code(applicant.paper("business-licence")) == ""
    assert [one["kind"] for one in applicant.state["papers"]] == ["other", "business-licence"]
    monkeypatch.undo()
    too_large = applicant.paper("other", data=b"%PDF-" + bytes(papers.file_bytes_max))
    assert too_large.status_code == 413


wrong_forms: list[dict[str, Any]] = [
    {"number": uscc_with_check("91350200M000100Y4")[:-1] + "0"},
    {"number": "91350200M000100Y4"},
    {"number": None},
    {"scheme": "lei", "number": "5493001KJTIIGC8Y1R13"},
    {"scheme": "register", "number": "HRB1"},
    {"scheme": "register", "number": "HRB1", "country": "Germany"},
    {"scheme": "none"},
    {"country": "CN"},
    {"name": {}},
    {"name": {"de": "Neu"}},
    {"name": {"en": "x" * 201}},
    {"name": {"en": "a\u202eb"}},
    {"capacities": []},
    {"capacities": ["root"]},
    {"capacities": ["node"]},
    {"capacities": ["bank", "bank"]},
    {"contact": ""},
    {"more": 1},
]


def test_forms_that_are_refused_and_change_nothing(shared: Office) -> None:
    applicant = shared.begin()
    for change in wrong_forms:
        told = {name: value for name, value in (form | change).items() if value is not None}
        assert code(applicant.call("PUT", json=told)) == "application-malformed", change
    assert "form" not in applicant.call("GET").json()


@pytest.mark.parametrize("scheme", ["lei", "register", "none"])
def test_foreign_and_unverified_ones_apply_too(shared: Office, scheme: str) -> None:
    number = {"lei": "5493001KJTIIGC8Y1R12", "register": "HRB-1"}.get(scheme)
    told = {**form, "scheme": scheme, "number": number}
    told |= {"country": "DE"} if scheme == "register" else {}
    applicant = shared.begin()
    given = {name: value for name, value in told.items() if value is not None}
    assert code(applicant.call("PUT", json=given)) == ""
    lacks = set(applicant.state["missing"])
    assert ("register-extract" in lacks) is (scheme != "none")
    assert "people" in lacks


def bad_people(applicant: Applicant) -> dict[str, tuple[Any, str]]:
    a = applicant.person(0, "administrator")
    b = applicant.person(1, "security-administrator")
    stranger = {**b, "person": "99.100/P-0000000000000"}
    return {
        "nobody": ([], "application-malformed"),
        "no list": ({"people": [a]}, "application-malformed"),
        "one twice": ([a, a], "application-malformed"),
        "roles that nobody signed": ([{**a, "roles": ["security-administrator"]}, b], "possession-missing"),
        "somebody else's handle": ([a, stranger], "application-malformed"),
        "an unknown role": ([{**a, "roles": ["king"]}], "application-malformed"),
        "a key of the node": ([{**a, "keys": [{**a["keys"][0], "custody": "node"}]}], "application-malformed"),
        "no proof": ([{**a, "keys": [{**a["keys"][0], "possession": {"sig": "A" * 86 + "=="}}]}, b], "possession-missing"),
    }  # fmt: skip


def test_people_who_cannot_begin(shared: Office) -> None:
    applicant = shared.begin()
    for name, (people, expected) in bad_people(applicant).items():
        assert code(applicant.call("PUT", "/people", json=people)) == expected, name
    assert applicant.call("GET").json()["people"] == []
    # One officer of two may come first, on a device of its own; nobody submits before the other is there.
    applicant.complete()
    two = applicant.state["people"]
    alone = applicant.person(0, "administrator")
    maker = applicant.person(1, "maker")
    for people in ([maker], [alone, maker]):
        assert code(applicant.call("PUT", "/people", json=people)) == ""
        assert applicant.state["missing"] == ["people"]
        assert code(applicant.call("POST", "/submission")) == "application-incomplete"
    assert len(two) == 2


def test_what_an_officer_signs_is_what_the_application_says(shared: Office) -> None:
    applicant = shared.begin().submitted()
    assert code(shared.propose(applicant.number, body="e30=")) == "proposal-not-fitting"
    assert code(shared.propose(applicant.number, envelope={"a": 1})) == "proposal-not-fitting"
    assert code(shared.propose(applicant.number, salt="A")) == "application-malformed"
    assert code(shared.propose(applicant.number, by=other)) == "not-your-applications"
    assert applicant.call("GET").json()["state"] == "submitted"


def test_a_proposal_that_is_refused_leaves_the_application_where_it_was(office: Office) -> None:
    applicant = office.begin().submitted()
    proposal = office.propose(applicant.number).json()["proposal"]
    assert decide(office.world, second, proposal, "refuse") == "accepted"
    assert applicant.call("GET").json()["state"] == "submitted"
    again = office.begin().submitted()
    shown = [office.propose(one.number).json()["proposal"] for one in (applicant, again)]
    assert decide(office.world, second, shown[0]) == "accepted"
    # The same credit code is not admitted twice, and officers are told before they try.
    assert decide(office.world, second, shown[1]) == "number-taken"
    office.log_in(first)
    told = office.client.get(f"/v1/applications/{again.number}").json()
    assert told["number_taken_by"] == applicant.call("GET").json()["organisation"]


def test_withdrawn_and_lapsed_ones_are_destroyed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = office.begin().submitted(), office.begin().complete()
    assert one.call("POST", "/withdrawal").json()["state"] == "withdrawn"
    assert code(one.call("POST", "/withdrawal")) == "application-closed"
    verifying = office.app.state.verifying
    assert sweep(verifying) == 0
    end = from_instant(two.call("GET").json()["expires"])

    class Later(SystemClock):
        days = 0

        def now_ms(self) -> int:
            return end + self.days * 86_400_000

    verifying.desk.clock = Later()
    assert two.call("GET").json()["state"] == "lapsed"
    assert sweep(verifying) == 1
    with office.world.store.read() as transaction:
        assert list(transaction.rows("application_part")) == []
    Later.days = 40
    assert instant(verifying.desk.clock.now_ms()) > two.call("GET").json()["expires"]
    assert sweep(verifying) == 0
    assert code(two.call("GET")) == "application-unknown"
    assert code(one.call("GET")) == "application-unknown"


def test_applications_are_limited(shared: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applicants, "begun_per_day_max", 0)
    assert (
        code(shared.client.post("/v1/applications", json={"node": prefix}))
        == "applications-too-many"
    )
    monkeypatch.undo()
    monkeypatch.setattr(applicants, "waiting_max", 0)
    assert (
        code(shared.client.post("/v1/applications", json={"node": prefix}))
        == "applications-too-many"
    )
    monkeypatch.undo()
    for node in ("99.100.1", "98", "99"):
        assert code(shared.client.post("/v1/applications", json={"node": node})) == "no-node"
    assert (
        code(shared.client.post("/v1/applications", json={"node": core})) == "application-malformed"
    )


def test_terms_name_every_limit(shared: Office) -> None:
    told = shared.client.get("/v1/applications/terms").json()
    assert [one["node"] for one in told["nodes"]] == [prefix]
    assert told["papers"]["file_bytes_max"] == papers.file_bytes_max
    assert set(told["schemes"]) == {"uscc", "lei", "register", "none"}
    assert key(f"300:{first}").keyid
