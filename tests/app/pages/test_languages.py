"""Both languages say everything."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient
from jinja2.ext import babel_extract
from tests.app.pages.markup import Page

package = Path(str(files("tallystick.app.pages")))
placeholder = re.compile(r"%\(\w+\)s")


def messages() -> set[str]:
    found: set[str] = set()
    for path in package.rglob("*.html"):
        with path.open("rb") as file:
            rows: Any = babel_extract(file, ["_"], [], {"trim_blocks": "true"})  # type: ignore[arg-type]
            for _, _, message, _ in rows:
                found.add(message if isinstance(message, str) else (message or [None])[0])
    for path in package.glob("*.py"):
        with path.open("rb") as file:
            found |= {str(row[1]) for row in extract("python", file, {"message": None})}
    return {message for message in found if message}


def test_no_message_lacks_chinese() -> None:
    with (package / "locale/zh/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = {str(m.id): str(m.string) for m in read_po(file, locale="zh") if m.id}
    needed = messages()
    assert len(needed) > 300
    assert needed - catalogue.keys() == set()
    assert catalogue.keys() - needed == set(), "translated, but said nowhere"
    for message, chinese in catalogue.items():
        assert chinese.strip(), message
        assert sorted(placeholder.findall(message)) == sorted(placeholder.findall(chinese)), message


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        ("zh", "en", "en", "zh-CN"),
        ("", "zh", "en", "zh-CN"),
        ("", "", "fr, zh-Hant;q=0.3", "zh-CN"),
        ("", "", "en;q=0.2, zh;q=0.9", "zh-CN"),
        ("", "", "", "en"),
        ("xx", "yy", ";;q=,,zh;q=banana", "en"),
    ],
)
def test_language_is_chosen(
    demo: TestClient, query: str, cookie: str, header: str, expected: str
) -> None:
    if cookie:
        demo.cookies.set("tallystick_language", cookie)
    answer = demo.get("/", params={"lang": query}, headers={"accept-language": header})
    assert Page(answer.text).language == expected
    assert answer.headers["content-language"] == expected


def test_choice_is_kept(demo: TestClient) -> None:
    demo.get("/log?lang=zh")
    assert "最新记录" in demo.get("/log").text


def test_switch_keeps_the_place(demo: TestClient) -> None:
    links = Page(demo.get("/log?before=60&lang=en").text).links
    assert "/log?before=60&lang=zh" in links
