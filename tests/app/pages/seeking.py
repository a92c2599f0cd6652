"""What may stand behind the question mark: the owner's against nobody's, or why it holds no name of a thing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from tests.app.pages import more
from tests.app.pages.cells import Asked, Copy
from tests.app.pages.objects import nobodys

from tallystick.app.demo import cast

Words = Mapping[str, str]
_hash = "0" * 64

#: Parameters that hold no name of a thing, nor a moment or state of one.
no_names = {
    "pageSize": "how many at once", "page": "how many pages are passed over",
    "lang": "the reader's language", "form": "how a file is written", "auth": "whether from the primary site",
    "publicOnly": "less of what is shown", "referred": "how values are written", "depth": "how far a tree is followed",
    "roll": "how a day is moved", "business_days": "how many days are counted", "next": "where one goes on afterwards",
}  # fmt: skip
#: Moments, places and choices: asked the same of what is there and of what is not.
_told = {
    "asOf": "2026-07-10T00:00:00.000Z", "at": "2026-07-10T00:00:00.000Z", "state": "submitted", "part": "finance", "whose": "others",
    "hop": "3", "start": "1", "size": "50", "version": "1", "standing": "valid", "which": "waiting", "reason": "retained",
    "status": "held", "show": "open", "side": "issuer", "past": "true", "open": "true", "waiting": "true",
    "since": "2026-01-01", "stuck": "true", "types": "finance.*", "before": "9",
}  # fmt: skip
_told_of = {
    ("/v1/webhooks/{webhook}/deliveries", "state"): "failed", ("/webhooks/{webhook}", "state"): "failed",
    ("/v1/webhooks/{webhook}/deliveries", "before"): f"{'0' * 19}1", ("/webhooks/{webhook}", "before"): f"{'0' * 19}1",
    ("/v1/sharing", "side"): "received", ("/trace/v1/items/{identifier:path}/history", "after"): "000000000003.0000",
    ("/finance/v1/statements/{name:path}/lines", "after"): "1", ("/statements/{name:path}", "after"): "1",
    ("/finance/v1/agreements", "after"): '["000000000003", ""]', ("/finance/v1/confirmations/proposals", "after"): '["000000000003", ""]', ("/confirmations", "after_proposal"): '["000000000003", ""]', ("/finance/v1/confirmations", "show"): "all", ("/confirmations", "show"): "all", ("/documents", "after"): '["000000000003", ""]',
    ("/statements/drafts/{contract:path}", "after"): "1", ("/api/handles/{handle:path}", "index"): "1", ("/calendars/{name:path}", "day"): "2026-07-10",
    ("/sharing", "kind"): "certificates", ("/v1/qualifications", "kind"): "iso-9001", ("/v1/calendars/{name:path}/days/{day}", "version"): "2",
}  # fmt: skip
#: What a list goes on behind, by the beginning of its route: as it stands there, or in the mark of a page.
_plain = (
    ("/api/prefixes", "prefix"), ("/calendars", "calendar"), ("/v1/calendars", "calendar"), ("/devices", "device"), ("/v1/devices", "device"),
    ("/members", "person"), ("/v1/people", "person"), ("/organisations", "owner"), ("/v1/organisations", "owner"), ("/p/", "record"),
    ("/pending", "proposal"), ("/v1/pending", "proposal"), ("/qualifications/issued", "credential"), ("/qualifications", "owner"),
    ("/v1/qualifications", "owner"), ("/v1/credentials", "credential"), ("/v1/reminders", "credential"), ("/remits", "agreement"),
    ("/v1/sharing", "agreement"), ("/v1/batches", "batch"), ("/v1/documents/queue", "tender"), ("/v1/records", "record"),
    ("/applications", "number"), ("/v1/applications", "number"), ("/v1/erasures", "index"), ("/v1/templates", "version"), ("/reads", "read"), ("/v1/reads", "read"),
)  # fmt: skip
_marked = (
    ("contracts", "contract"), ("statements/due", "contract"), ("statements", "statement"),
    ("usages", "usage"), ("credits", "credit"), ("deliveries", "delivery"), ("despatches", "despatch"), ("invoices", "invoice"),
    ("orders", "order"), ("matching", "invoice"), ("subcontracts", "worked"), ("tenders", "tender"), ("policies", "policy"),
    ("guarantees", "guarantee"), ("facilities", "facility"), ("advances", "facility"), ("covers", "cover"), ("insurance", "notice"),
    ("accounts", "account"), ("confirmations", "invoice"), ("limits", "owner"), ("tolerances", "owner"), ("documents", "invoice"), ("", "certificate"),
)  # fmt: skip
_kept = more.kept.values[0]
#: Of one route; what is empty is not said with it.
_words: Mapping[tuple[str, str], tuple[Words, Words]] = {
    ("/v1/records", "value"): (
        {"type": _kept.type, "value": _kept.data, "template": ""}, {"type": _kept.type, "value": "4712-NONE", "template": ""},
    ),
    ("/v1/records", "type"): (
        {"type": _kept.type, "value": "*", "template": ""}, {"type": "NONE", "value": "*", "template": ""},
    ),
    ("/api/handles/{handle:path}", "type"): ({"type": _kept.type}, {"type": "NONE"}),
    ("/organisations", "q"): ({"q": cast.core.en}, {"q": "Nobody at all"}),
    ("/v1/organisations", "q"): ({"q": cast.core.en}, {"q": "Nobody at all"}),
    ("/p/{prefix}", "q"): ({"q": "KEPT"}, {"q": "NONE"}),
    ("/v1/applications", "state"): ({"state": "submitted"}, {"state": "lapsed"}),
    ("/applications", "state"): ({"state": "submitted"}, {"state": "lapsed"}),
}  # fmt: skip
#: Of which nobody learns whether there is one, although its list is everybody's.
private = {
    ("/v1/records", "value"),
    ("/v1/records", "type"),
    ("/api/handles/{handle:path}", "type"),
}


@dataclass(frozen=True)
class Seeking:
    """What a copy of the demo is searched for."""

    copy: Copy

    def words(self, path: str, parameter: str) -> tuple[Words, Words] | None:
        """The owner's and nobody's; None for what holds no name."""
        if (path, parameter) in _words:
            return _words[path, parameter]
        found = self._named(path, parameter)
        return None if found is None else ({parameter: found[0]}, {parameter: found[1]})

    def told(self, path: str, parameter: str) -> str:
        return _told_of.get((path, parameter), _told.get(parameter, ""))

    def says(self, path: str, parameter: str) -> bool:
        """Whether it is asked, in some way."""
        asked = self.copy.objects.in_query(path, parameter) != ("", "")
        return asked or self.told(path, parameter) != "" or self.words(path, parameter) is not None

    def asked(self, base: Asked, parameter: str) -> Iterator[Asked]:
        """The route's own question with one word more."""
        found, told = self.words(base.path, parameter), self.told(base.path, parameter)
        if found is not None:
            mine, none = found
            named = (*base.named, *(one for one in (*mine.values(), *none.values()) if one))
            yield Asked(base.path, _with(base.real, mine), _with(base.real, none), named)
        elif told:
            words = {parameter: told}
            real, unknown = _with(base.real, words), _with(base.unknown, words)
            yield Asked(base.path, real, unknown, base.named)

    def _named(self, path: str, parameter: str) -> tuple[str, str] | None:
        if (path, parameter) in _told_of:
            return None
        if parameter in ("held", "given", "received", "subject"):
            return self._both("credential" if parameter == "held" else "agreement")
        if parameter == "by":
            return self._both("person")
        if (path, parameter) in (("/sharing", "to"), ("/api/prefixes", "holder")):
            return self._both("owner")
        if parameter == "behind":
            return self._both("tender")
        if parameter == "entry":
            return self._both("index")
        if parameter == "names":
            return self._both("certificate")
        if parameter == "prefixes":
            return self._both("prefix")
        if "after" not in parameter:
            return None
        for beginning, thing in _plain:
            if path.startswith(beginning):
                return self._both(thing)
        thing = next(thing for part, thing in _marked if part in path)
        mine, none = self._both(thing)
        return json.dumps([mine, ""]), json.dumps([none, ""])

    def _both(self, thing: str) -> tuple[str, str]:
        copy = self.copy
        if thing == "index":
            return "3", "999999"
        if thing == "number":
            return copy.application.number, "A-0000000000000"
        if thing == "read":
            return f"1783728000000-{'a' * 32}", f"1783728000000-{'b' * 32}"
        if thing == "version":
            return f"1:{more.template}", f"1:{nobodys(more.template)}"
        mine = {"owner": copy.owner.handle, "device": more.service}.get(thing)
        mine = mine or copy.objects.name_of(thing)
        return mine, _beside(mine)


def _beside(name: str) -> str:
    """Nobody's, behind which a list goes on as behind this one."""
    if len(name) == len(_hash):
        return name[:-1] + ("0" if name[-1] != "0" else "1")
    return nobodys(name)


def for_oneself(asked: Asked, owner: str, own: str) -> Asked:
    """Whoever asks names its own organisation in the place of the owner's."""
    base, _, query = asked.real.partition("?")
    told = {key: own if value == owner else value for key, value in parse_qsl(query)}
    return Asked(asked.path, f"{base}?{urlencode(told)}", asked.unknown, asked.named)


def _with(address: str, words: Words) -> str:
    base, _, query = address.partition("?")
    told = {**dict(parse_qsl(query)), **words}
    return f"{base}?{urlencode({key: value for key, value in told.items() if value})}"
