"""Every page of the product in a real Chromium, as who uses it and as who may only read: looked at, measured, checked.

    python -m tests.app.pages.faces DEMO-HOME FOLDER [PART-OF-A-PATH]

writes pictures of all of them, English and Chinese, phone and wide, and says what is wrong with each. DEMO-HOME is what
`./dev demo --no-serve` left in TALLYSTICK_HOME.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from tests import loopback
from tests.app.pages import browser
from tests.app.played import proof

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, worked
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie
from tallystick.app.settings import Settings

#: What of a page stands out to the right, but for what scrolls by itself.
too_wide = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg, .masthead nav')
  && e.getBoundingClientRect().width > 0
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 90)).slice(0, 3).join(' | ')"""
#: Messages that nobody translated; and what is no plain word for anybody.
unsaid = "(document.body.innerText.match(/undefined|\\[object |None,|NaN/g) ?? []).join(' ')"
_rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]}
checked = (
    f"axe.run(document, {json.dumps(_rules)}).then((told) => told.violations.map((one) => "
    "`${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`))"
)
_nobody = ""


@dataclass(frozen=True)
class Face:
    """A page, and two who open it: whoever acts there, and whoever may only read or has nothing there."""

    path: str
    acts: str
    reads: str = _nobody

    @property
    def name(self) -> str:
        return self.path.strip("/").replace("/", "-").replace("?", "-")[:60] or "start"


def faces(shown: Mapping[str, list[str]], node: Node) -> list[Face]:
    """All of them. `shown`: what the demo shows first."""
    core, seller, bank = cast.core, cast.suppliers[0], cast.bank
    reader, officer = core.person("finance"), core.administrator
    operator = cast.operator("administrator")
    certificate, item = quote(shown["certificates"][0], safe=""), quote(shown["items"][0])
    with node.reader.open() as snapshot:
        calendar = quote(snapshot.view.names("calendar", limit=1)[0])
    return [
        Face("/", core.maker), Face("/login", officer), Face("/find?q=nothing", core.maker),
        Face(f"/t/{item}", core.maker), Face(f"/t/{quote(shown['items'][1])}", seller.maker),
        Face("/t/99.100.1/NOT-THERE", core.maker), Face("/p/99.100.1", officer),
        Face("/certificates", seller.maker, core.person("audit-administrator")),
        Face(f"/certificates/{certificate}", seller.maker, bank.person("finance")),
        Face("/confirmations", core.maker, seller.maker), Face("/confirmations?show=all&stuck=true", core.checker),
        Face("/matching", core.maker, seller.maker), Face("/matching/tolerances", core.maker, core.checker),
        Face("/policies", core.maker, reader), Face("/subcontracts", core.maker, seller.maker),
        Face(f"/subcontracts/{quote(worked.order, safe='')}", seller.maker, core.maker), Face("/statements", seller.maker, core.maker),
        Face("/limits", bank.maker, core.maker), Face("/maturity", bank.maker, seller.maker), Face("/equality", bank.maker, core.maker),
        Face("/guarantees", seller.maker, bank.maker), Face("/facilities", seller.maker, bank.maker), Face("/insurance", seller.maker, bank.maker),
        Face("/webhooks", officer, core.maker), Face("/accounts", seller.administrator, seller.person("finance")),
        Face("/documents", seller.maker, core.person("finance")), Face("/flows", core.maker, reader),
        Face("/qualifications", core.maker, seller.maker), Face("/qualifications/issue", seller.maker),
        Face("/qualifications/declare", seller.maker), Face("/qualifications/issued", seller.maker),
        Face("/qualifications/verify", core.maker), Face("/notices", officer, core.maker),
        Face("/members", officer, core.maker), Face("/pending", officer, core.maker),
        Face("/pending?past=true", officer), Face("/keys", core.maker, core.person("warehouse")),
        Face("/devices", officer, core.person("warehouse")), Face("/reads", officer, core.person("audit-administrator")),
        Face("/grades", core.maker, core.person("audit-administrator")), Face("/remits", operator, core.checker),
        Face("/sharing", core.checker, reader), Face("/incidents?past=true", operator, core.maker),
        Face("/organisations", operator, core.maker), Face(f"/organisations/{seller.handle}", operator, core.maker),
        Face(f"/organisations/{core.handle}", officer), Face("/applications", operator), Face("/apply", core.maker),
        Face("/calendars", core.maker), Face(f"/calendars/{calendar}", core.maker),
        Face("/log", core.maker), Face("/log/entries/7", core.maker), Face("/log/entries/400", core.maker),
        Face("/join", officer), Face("/sign", core.maker), Face("/scan/enrol", core.person("warehouse")),
    ]  # fmt: skip


@dataclass
class Look:
    """A browser at the pages of a served demo."""

    tab: browser.Tab
    site: str
    sessions: dict[str, str]

    def as_person(self, person: str) -> None:
        """Logged in by the key that the demo gives away; nobody for an empty name."""
        if person and person not in self.sessions:
            with httpx.Client(base_url=self.site, timeout=30) as client:
                told = proof(client, person, cast.key(f"300:{person}"))
                answer = client.post("/v1/login", json=told)
                answer.raise_for_status()
                self.sessions[person] = str(answer.cookies[session_cookie])
        told_cookies = {session_cookie: self.sessions[person]} if person else {}
        self.tab.cookies(self.site, told_cookies)

    def open(self, path: str, language: str, width: int) -> None:
        self.tab.look(width)
        mark = "&" if "?" in path else "?"
        self.tab.open(f"{self.site}{path}{mark}lang={language}")

    def faults(self, *, axe: bool = True) -> list[str]:
        """What is wrong with the page that is open."""
        found = [f"stands out: {self.tab.value(too_wide)}"] if self.tab.value(too_wide) else []
        found += [f"says {told}" for told in [self.tab.value(unsaid)] if told]
        refused = [one for one in self.tab.complaints() if "status of 40" not in one]
        found += [f"complains: {one}" for one in refused]
        if axe:
            self.tab.value(axe_source())
            found += [str(one) for one in self.tab.later(checked)]
        return found


def axe_source() -> str:
    return (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8") + ";1"


@contextmanager
def looking(node: Node) -> Iterator[Look]:
    """The demo's pages, served on this machine, and a browser."""
    with ExitStack() as stack:
        port = stack.enter_context(loopback.listening())
        site = loopback.address(port, "localhost")
        stack.enter_context(loopback.serving(create_app(node), port))
        yield Look(stack.enter_context(browser.tab()), site, {})


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3):
        print(__doc__)
        return 2
    home, folder, part = Path(arguments[0]), Path(arguments[1]), (*arguments[2:], "")[0]
    folder.mkdir(parents=True, exist_ok=True)
    node = Node.at(Settings(home=home, database_url=""))
    shown: dict[str, Any] = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    with looking(node) as look:
        for face in faces(shown, node):
            if part not in face.path:
                continue
            for role in ("acts", "reads"):
                look.as_person(getattr(face, role))
                for language in ("en", "zh"):
                    for device, width in (
                        ("phone", browser.phone_px),
                        ("wide", browser.desktop_px),
                    ):
                        look.open(face.path, language, width)
                        for fault in look.faults(axe=language == "en"):
                            print(face.path, role, language, device, fault, flush=True)
                        look.tab.picture(folder / f"{face.name}-{role}-{language}-{device}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
