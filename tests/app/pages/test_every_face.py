"""Every page in a real Chromium, in Chinese on a phone and in English wide: nothing stands out, and axe has no complaint.

Pictures of all of them, in both languages and widths, come from `python -m tests.app.pages.faces`.
"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.app.pages import browser
from tests.app.pages.faces import faces, looking
from tests.conftest import missing

from tallystick.app.bootstrap import Node
from tallystick.app.pages.route import html_route

#: Pages that need something no demo has: their own tests open them.
elsewhere = frozenset(
    {
        "/login/directory", "/login/directory/back", "/find", "/log/entries", "/log/entries/{index}/attachments/{digest}", "/applications/{number}", "/qualifications/{credential}",
        "/pending/{proposal}", "/webhooks/{webhook}", "/matching/line",
        "/maturity/instructions", "/statements/drafts/{contract:path}", "/statements/{name:path}", "/tenders", "/tenders/{name:path}", "/guarantees/{name:path}", "/facilities/{name:path}", "/insurance/covers/{name:path}", "/insurance/notices/{name:path}", "/freezes",
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "width"), [("zh", browser.phone_px), ("en", browser.desktop_px)]
)
def test_every_page_can_be_read_and_used_by_everybody(
    demo_node: Node, shown: dict[str, list[str]], language: str, width: int
) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    faults: list[str] = []
    with looking(demo_node) as look:
        for face in faces(shown, demo_node):
            look.as_person(face.acts)
            look.open(face.path, language, width)
            faults += [f"{face.path}: {one}" for one in look.faults()]
    assert faults == []


def test_no_page_is_left_out(
    demo: TestClient, demo_node: Node, shown: dict[str, list[str]]
) -> None:
    opened = [face.path.partition("?")[0] for face in faces(shown, demo_node)]
    routes = {
        route.path: route.path_regex
        for route in demo.app.routes  # type: ignore[attr-defined]
        if type(route).__qualname__ == f"{html_route.__name__}.<locals>.HtmlRoute"
        and "GET" in route.methods
    }
    assert len(routes) > 30
    left_out = {
        path
        for path, pattern in routes.items()
        if path not in elsewhere and not any(pattern.match(one) for one in opened)
    }
    assert left_out == set()
