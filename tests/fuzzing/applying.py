"""Routes of applications, with bodies that they take: one application for each, of one office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from tests.app.applications.office import Office, first, form, opened, pdf

from tallystick.app.applications import desk

_api = "app/tallystick/app/applications/api.py"
Given = tuple[Any, str, list[bytes], dict[str, str], str]
#: Where each stands in the sources, and the fixture that serves it.
applying_routes = {
    (_api, ""): "applying_begin",
    (_api, "/{number}/own"): "applying_fill",
    (_api, "/{number}/own/papers"): "applying_paper",
    (_api, "/{number}/own/papers/{paper}"): "applying_drop",
    (_api, "/{number}/own/people/message"): "applying_message",
    (_api, "/{number}/own/people"): "applying_people",
    (_api, "/{number}/own/submission"): "applying_submit",
    (_api, "/{number}/own/withdrawal"): "applying_withdraw",
    (_api, "/{number}/question"): "verifying_question",
    (_api, "/{number}/refusal"): "verifying_refusal",
    (_api, "/{number}/proposal"): "verifying_proposal",
}
#: By the last word of a fixture: method, the rest of the path, and what is said.
_applicants: dict[str, tuple[str, str, Any]] = {
    "fill": ("PUT", "", form),
    "paper": ("POST", "/papers?kind=other", pdf),
    "drop": ("DELETE", f"/papers/{'0' * 16}", b""),
    "message": ("POST", "/people/message", {"person": 0, "roles": ["maker"], "jwk": {"kty": "OKP"}}),
    "people": ("PUT", "/people", []),
    "submit": ("POST", "/submission", b""),
    "withdraw": ("POST", "/withdrawal", b""),
}  # fmt: skip
_officers: dict[str, Any] = {
    "question": {"text": "?"},
    "refusal": {"reason": "other", "text": "No."},
    "proposal": {"envelope": {"payload": "e30=", "signatures": []}, "body": "e30=", "salt": "AAAA"},
}


@pytest.fixture(scope="module")
def applying_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("fuzzed-office")
    with (
        opened(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made,
        pytest.MonkeyPatch.context() as patched,
    ):
        # Many begin here in a day.
        patched.setattr(desk, "begun_per_day_max", 10**6)
        yield made


def given(office: Office, fixture: str) -> Given:
    """Client, path, seeds, headers and method."""
    name = fixture.rpartition("_")[2]
    if name == "begin":
        return office.client, "/v1/applications", [b'{"node":"99.100"}'], {}, "POST"
    applicant = office.begin()
    if name in _applicants:
        method, rest, said = _applicants[name]
        applicant.complete()
        if name == "people":
            applicant.call("GET")
            said = [applicant.person(0, "administrator", "maker", "checker")]
        headers = {"Application-Token": applicant.token}
        return office.client, applicant.path + rest, [_bytes(said)], headers, method
    applicant.submitted()
    office.log_in(first)
    path = f"/v1/applications/{applicant.number}/{name}"
    return office.client, path, [_bytes(_officers[name])], {}, "POST"


def _bytes(said: Any) -> bytes:
    return said if isinstance(said, bytes) else orjson.dumps(said)
