"""Routes of webhooks, with bodies that they take, by an officer of the firm that `joining` fuzzes."""

from __future__ import annotations

import orjson
from tests.app.joining.rig import Rig
from tests.fuzzing.applying import Given
from tests.identity.people.firm import first

_api, _pages = "app/tallystick/app/webhooks/api.py", "app/tallystick/app/webhooks/pages.py"
#: Where each stands in the sources, and the fixture that serves it.
hooking_routes = {
    (_api, ""): "hooking_make",
    (_api, "/{webhook}"): "hooking_remove",
    (_api, "/{webhook}/state"): "hooking_state",
    (_api, "/{webhook}/secret"): "hooking_secret",
    (_api, "/{webhook}/test"): "hooking_test",
    (_api, "/{webhook}/deliveries/{delivery}/replay"): "hooking_replay",
    (_pages, "/webhooks"): "hooking_page",
    (_pages, "/webhooks/{webhook}"): "hooking_act",
}
_wish = {"address": "https://hooks.example/in", "types": ["identity.*"], "label": "ERP"}


def given(rig: Rig, fixture: str) -> Given:
    """Client, path, seeds, headers and method."""
    name = fixture.rpartition("_")[2]
    officer = rig.login(first)
    with rig.node.store.write() as transaction:
        for row in transaction.webhooks.all():
            transaction.webhooks.remove(row.id)
    known = officer.post("/v1/webhooks", json=_wish).json()["id"]
    where = f"/v1/webhooks/{known}"
    form = b"address=https%3A%2F%2Fhooks.example%2F&types=finance.*&label=ERP&scheme=v1"
    told: dict[str, tuple[str, list[bytes], str]] = {
        "make": ("/v1/webhooks", [orjson.dumps(_wish)], "POST"),
        "remove": (f"/v1/webhooks/wh_{'0' * 24}", [b"{}"], "DELETE"),
        "state": (f"{where}/state", [b'{"state":"paused"}', b'{"state":"active"}'], "POST"),
        "secret": (f"{where}/secret", [b'{"overlap_hours":1}'], "POST"),
        "test": (f"{where}/test", [b"{}"], "POST"),
        "replay": (f"{where}/deliveries/{'0' * 20}/replay", [b"{}"], "POST"),
        "page": ("/webhooks", [form], "POST"),
        "act": (f"/webhooks/{known}", [b"act=rotate&hours=1", b"act=pause", b"act=test"], "POST"),
    }
    path, seeds, method = told[name]
    return officer, path, seeds, {}, method
