"""Writes the pictures of the documentation: three pages, two languages, phone and desktop.

    python -m tests.app.pages.screenshots http://127.0.0.1:8000 docs/screenshots

needs a demo that is being served (`./dev demo`) and a Chromium.
"""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path
from re import findall
from urllib.parse import unquote

import httpx
from tests.app.pages.browser import Tab, desktop_px, phone_px, tab
from tests.app.played import proof

from tallystick.app.demo import cast
from tallystick.app.login import session_cookie


def places(base: str) -> dict[str, str]:
    """The pages worth a picture, found by following the start page's links."""
    with urllib.request.urlopen(f"{base}/", timeout=10) as answer:
        start = answer.read().decode()
    links = findall(r'href="(/(?:t|certificates)/[^"]+)"', start)
    items = [link for link in links if link.startswith("/t/")]
    certificate = next(link for link in links if link.startswith("/certificates/"))
    return {
        "start": "/",
        "item": items[0],
        "journey": items[min(1, len(items) - 1)],
        "certificate": certificate,
        "log": "/log",
    }


def logged_in(base: str, person: str) -> str:
    """A session of one of the demo's people, by its own key."""
    with httpx.Client(base_url=base, timeout=10) as client:
        answer = client.post("/v1/login", json=proof(client, person, cast.key(f"300:{person}")))
        answer.raise_for_status()
        return str(answer.cookies[session_cookie])


def take(page: Tab, base: str, target: Path) -> list[Path]:
    """All pictures; returns where they are."""
    written, session = [], logged_in(base, cast.auditor.person("reader"))
    for name, path in places(base).items():
        # A certificate is for its parties, each of whom sees its own part: an auditor sees it whole.
        page.cookies(base, {session_cookie: session} if name == "certificate" else {})
        for language in ("en", "zh"):
            for device, width in (("phone", phone_px), ("desktop", desktop_px)):
                page.look(width, scale=1)
                page.open(f"{base}{path}?lang={language}")
                written.append(target / f"{name}-{language}-{device}.png")
                page.picture(written[-1])
    return written


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__)
        return 2
    with tab() as page:
        for path in take(page, arguments[0].rstrip("/"), Path(arguments[1])):
            print(unquote(str(path)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
