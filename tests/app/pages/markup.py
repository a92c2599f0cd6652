"""What is wrong with an HTML page, as far as a parser of the standard library can tell."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_void = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
_references = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
_named_inputs = frozenset(("select", "textarea", "input"))
_unnamed = frozenset(("hidden", "submit", "button"))


class Page(HTMLParser):
    """Reads a page; `faults` says what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.labelled: set[str] = set()
        self.inputs: list[str] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self.language = ""
        self.title = ""
        self.headings: list[int] = []
        self.text = ""
        self._open: list[str] = []
        self._tables: list[bool] = []
        self.feed(text)
        self.close()
        self._judge(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if len(found) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        for name in found:
            if name.startswith("on") or name == "style":
                self.faults.append(f"<{tag} {name}> would be blocked by the policy")
        if "id" in found:
            self.ids.append(found["id"])
        for name in _references:
            self.references += [(name, word) for word in found.get(name, "").split()]
        if tag == "label":
            self.labelled.add(found.get("for", ""))
        if tag in _named_inputs and found.get("type") not in _unnamed:
            self.inputs.append(found.get("id", ""))
        if tag == "html":
            self.language = found.get("lang", "")
        if tag == "script" and not found.get("src", "").startswith("/static/"):
            self.faults.append("a script that is not ours")
        if tag in ("a", "link", "form"):
            self.links.append(found.get("href") or found.get("action") or "")
        if tag == "table":
            self._tables.append(False)
        if tag == "caption" and self._tables:
            self._tables[-1] = True
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in _void:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")
        if tag == "table" and not self._tables.pop():
            self.faults.append("a table without caption")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data

    def _judge(self, text: str) -> None:
        known = set(self.ids)
        self.faults += [f"id {name} twice" for name in known if self.ids.count(name) > 1]
        self.faults += [
            f"{kind}={name}: no such id" for kind, name in self.references if name not in known
        ]
        self.faults += [
            f"input {name!r} without label" for name in self.inputs if name not in self.labelled
        ]
        self.faults += [f"not closed: {tag}" for tag in self._open]
        self.faults += [
            f"#{link[1:]} leads nowhere"
            for link in self.links
            if link.startswith("#") and link[1:] not in known
        ]
        if not text.startswith("<!doctype html>"):
            self.faults.append("no doctype")
        if not self.title.strip() or not self.language:
            self.faults.append("no title or no language")
        if self.headings.count(1) != 1:
            self.faults.append(f"{self.headings.count(1)} first headings")
