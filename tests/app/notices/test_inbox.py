"""A person's inbox follows from the log: what waits, what was decided, keys, suspension; and what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.joining.rig import Rig, code_of, rigged
from tests.identity.people.firm import (
    alone,
    checker,
    code,
    decide,
    first,
    maker,
    propose,
    second,
    sole,
)
from tests.ledger.world import root, supplier

from tallystick.app.login import Member
from tallystick.app.notices import Inbox, Notice, inbox, register
from tallystick.identity import GiveRoles, SetControl, SuspendPerson
from tallystick.ledger import View


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("notices")
    with rigged(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        yield made


def told(browser: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get("/v1/notices").json()["notices"]
    return found


def kinds(browser: Any) -> set[str]:
    return {one["kind"] for one in told(browser)}


def test_a_proposal_waits_for_the_others_until_it_is_decided(rig: Rig) -> None:
    what = GiveRoles(kind="roles", person=checker, roles=("checker", "warehouse"))
    verdict, name = propose(rig.world, first, what)
    assert verdict == "accepted"
    mine, others, about = rig.login(first), rig.login(second), rig.login(checker)
    (waiting,) = [one for one in told(others) if one["waits"]]
    assert (waiting["kind"], waiting["about"]["by"]) == ("proposal-waits", first)
    assert waiting["link"].endswith(name)
    assert not any(one["waits"] for one in (*told(mine), *told(about)))
    assert decide(rig.world, second, name) == "accepted"
    assert not any(one["waits"] for one in told(others))
    assert "your-proposal-decided" in kinds(mine)
    assert "decided-about-you" in kinds(about)
    assert "decided" not in "".join(kinds(rig.login(maker)))


def test_what_was_seen_is_not_new_and_nothing_is_lost(rig: Rig) -> None:
    browser = rig.login(maker)
    (key,) = [one for one in told(browser) if one["kind"] == "key-added"]
    assert not key["seen"]
    page = browser.get("/notices", params={"lang": "en"}).text
    assert "A key of yours was registered" in page
    assert browser.post("/v1/notices/seen", params={"index": key["index"]}).status_code == 200
    # Never back.
    assert browser.post("/v1/notices/seen", params={"index": 0}).status_code == 200
    assert all(one["seen"] for one in told(browser))
    assert "is-new" not in browser.get("/notices").text
    assert (
        browser.post(f"/notices/seen?index={key['index']}", follow_redirects=False).status_code
        == 303
    )
    assert "通知" in browser.get("/notices", params={"lang": "zh"}).text
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = browser.post("/v1/notices/seen", params={"index": 1}, headers=foreign)
    assert code_of(answer) == "foreign-site"
    assert code_of(rig.client.post("/v1/notices/seen", params={"index": 1})) == "log-in-first"
    assert rig.client.get("/v1/notices").json() == {"notices": []}
    assert browser.post("/v1/notices/seen", params={"index": "x"}).status_code == 422


def test_officers_hear_of_a_suspension(rig: Rig) -> None:
    body = SuspendPerson(person=maker, reason="suspected")
    assert code(rig.world, second, "person.suspend", body) == "accepted"
    (one,) = [one for one in told(rig.login(first)) if one["kind"] == "member-suspended"]
    assert one["about"] == {"person": maker, "reason": "suspected"}
    assert "member-suspended" not in kinds(rig.login(checker))


def test_a_node_hears_what_a_one_person_firm_waits_for(rig: Rig) -> None:
    alone(rig.world)
    what = SetControl(kind="control", tiers=())
    assert propose(rig.world, sole, what, supplier)[0] == "accepted"
    (own,) = [one for one in told(rig.login(sole)) if one["waits"]]
    assert own["kind"] == "proposal-waits"
    assert own["about"]["after"] > ""
    with rig.world.reader.open() as snapshot:
        holder = snapshot.view.get("prefix", "99.100")
        assert holder is not None
        member = Member(
            "99/P-NODE", str(holder["holder"]), frozenset({"administrator"}), "300:99/P-NODE"
        )
        found = [one.notice for one in Inbox(rig.node).of(snapshot.view, member)]
    assert [one.kind for one in found] == ["help-waits"]
    assert found[0].told["organisation"] == supplier
    assert root


def test_another_part_tells_in_its_own_words(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_sources", dict(inbox._sources))

    def extra(view: View, member: Member) -> Iterator[Notice]:
        yield Notice("papers-end", 3, "/papers", True, {"day": "2026-12-31"})

    register("extra", extra)
    assert told(rig.login(checker))[0]["kind"] == "papers-end"
