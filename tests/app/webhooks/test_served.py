"""Webhooks over HTTP and on their pages: officers act, nobody else sees that there is one."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.joining.rig import site
from tests.app.webhooks.rig import Hooked, propose_type, warehouse
from tests.identity.people.firm import first, second

api = "/v1/webhooks"


@pytest.fixture(autouse=True)
def later(place: Hooked) -> None:
    """What the node that serves says is due now, is due for the worker."""
    place.clock.set("2050-01-01T00:00:00.000Z")


def made(place: Hooked, browser: TestClient, **wish: Any) -> dict[str, Any]:
    answer = browser.post(
        api, json={"address": place.receiver.url, "types": [propose_type], **wish}
    )
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_officer_makes_one_and_looks_after_it(place: Hooked) -> None:
    browser = place.browser()
    told = made(place, browser, label="ERP")
    assert "secret" not in told
    assert told["public_keys"][0].startswith("whpk_")
    where = f"{api}/{told['id']}"
    test = browser.post(f"{where}/test").json()
    place.say()
    place.round()
    assert {one.event["type"] for one in place.receiver.got} == {"tallystick.test", propose_type}
    rows = browser.get(f"{where}/deliveries").json()["deliveries"]
    assert {row["state"] for row in rows} == {"delivered"}
    page = browser.get(f"{where}/deliveries?limit=1").json()
    assert page["deliveries"][0]["id"] == test["id"] or page["next"]
    again = browser.post(f"{where}/deliveries/{rows[-1]['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    paused = browser.post(f"{where}/state", json={"state": "paused"}).json()
    assert (paused["state"], paused["stopped"]["by"]) == ("paused", first)
    assert place.round() == 0
    assert browser.post(f"{where}/state", json={"state": "active"}).json()["state"] == "active"
    assert place.round() == 1
    rotated = browser.post(f"{where}/secret", json={"overlap_hours": 1}).json()
    assert len(rotated["public_keys"]) == 2
    # The other officer sees the same.
    assert [one["id"] for one in place.browser(second).get(api).json()["webhooks"]] == [told["id"]]
    assert browser.delete(where).status_code == 204
    assert browser.get(where).json()["code"] == "webhook-unknown"


def test_a_shared_secret_is_shown_once(place: Hooked) -> None:
    browser = place.browser()
    told = made(place, browser, scheme="v1")
    assert told["secret"].startswith("whsec_")
    for path in (api, f"{api}/{told['id']}", f"/webhooks/{told['id']}", "/webhooks"):
        assert told["secret"] not in browser.get(path).text


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"address": "http://192.168.0.1/"}, "webhook-address-refused"),
        ({"address": "https://169.254.169.254/latest/meta-data"}, "webhook-address-refused"),
        ({"address": "https://[::1]/"}, "webhook-address-refused"),
        ({"address": "gopher://hooks.example"}, "webhook-address-refused"),
        ({"types": ["finance.nothing/9"]}, "webhook-malformed"),
        ({"types": ["nothing.*"]}, "webhook-malformed"),
        ({"types": []}, "webhook-malformed"),
        ({"content": "all"}, "webhook-malformed"),
        ({"scheme": "none"}, "webhook-malformed"),
        ({"country": "China"}, "webhook-malformed"),
        ({"secret": "whsec_x"}, "webhook-malformed"),
        ({"label": "x" * 61}, "webhook-malformed"),
    ],
)
def test_bad_wishes_change_nothing(place: Hooked, wish: dict[str, Any], code: str) -> None:
    browser = place.browser()
    answer = browser.post(api, json={"address": "https://hooks.example/", **wish})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert browser.get(api).json()["webhooks"] == []


def test_nobody_else_acts_or_sees_that_there_is_one(place: Hooked) -> None:
    told = made(place, place.browser())
    where, unknown = f"{api}/{told['id']}", f"{api}/wh_{'0' * 24}"
    stranger = TestClient(place.rig.app, base_url=site, raise_server_exceptions=False)
    worker = place.browser(warehouse.person)
    for path in (where, f"{where}/deliveries"):
        real, none = stranger.get(path), stranger.get(path.replace(where, unknown))
        assert real.status_code == none.status_code == 404
        assert real.json()["code"] == none.json()["code"] == "not-readable"
        assert worker.get(path).json()["code"] == "role-missing"
    for path, body in (("", {"address": place.receiver.url}), (f"/{told['id']}/test", {})):
        assert stranger.post(f"{api}{path}", json=body).status_code in (401, 403)
        assert worker.post(f"{api}{path}", json=body).status_code == 403
    assert len(place.browser().get(api).json()["webhooks"]) == 1


def test_it_is_all_done_on_the_page(place: Hooked) -> None:
    browser = place.browser()
    assert "You have none yet." in browser.get("/webhooks?lang=en").text
    form = {"address": "http://10.0.0.1/", "types": "finance.*, identity.*", "label": "<b>ERP</b>"}
    refused = browser.post("/webhooks?lang=en", data=form)
    assert refused.status_code == 400
    assert "Nothing is sent to this address." in refused.text
    assert "&lt;b&gt;ERP&lt;/b&gt;" in refused.text
    made = browser.post("/webhooks", data={**form, "address": place.receiver.url, "scheme": "v1"})
    assert made.status_code == 200
    assert "whsec_" in made.text
    assert made.headers["cache-control"] == "private, no-store"
    (hook,) = place.desk.of(place.now_of())
    where = f"/webhooks/{hook.id}"
    for act, state in (("pause", "paused"), ("resume", "active"), ("test", "active")):
        answer = browser.post(where, data={"act": act}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, where)
        assert place.now(hook).state == state
    place.round()
    (row,) = place.desk.deliveries(hook)
    zh = browser.get(f"{where}?lang=zh").text
    assert "已送达" in zh
    assert "回调" in zh
    browser.post(where, data={"act": "replay", "delivery": row.id})
    assert place.desk.deliveries(hook)[0].state == "waiting"
    assert "whsec_" in browser.post(where, data={"act": "rotate", "hours": "2"}).text
    assert browser.post(where, data={"act": "rotate", "hours": "999"}).status_code == 400
    assert browser.post(where, data={"act": "explode"}).status_code == 400
    assert browser.post(where, content=b"\xff\xfe=1").status_code == 400
    browser.post(where, data={"act": "remove"})
    assert place.desk.of(place.now_of()) == []


def test_no_more_than_a_firm_needs(place: Hooked) -> None:
    browser = place.browser()
    for _ in range(20):
        made(place, browser)
    answer = browser.post(api, json={"address": place.receiver.url})
    assert (answer.status_code, answer.json()["code"]) == (409, "webhooks-too-many")
