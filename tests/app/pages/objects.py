"""One thing of a firm's own for every parameter of a route, and one of the same form that is nobody's."""

from __future__ import annotations

from tests.app.pages import more
from tests.app.pages.beside import Beside

from tallystick.app.applications.desk import Application
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, days, named, stated, worked
from tallystick.identity import digital_link
from tallystick.ledger import View

_zeros, _ones = "0" * 64, "1" * 64
_unknown = "0" * 32
#: What is asked of a thing, and not of which: the same of one that is there and of one that is not.
_said = {
    "amount": "10000", "second": "9", "end": "9", "kind": "undertaking", "limit": "5", "q": "a",
    "cut_off": more.cut_off, "day": "2026-07-10", "on": "2026-07-10", "path:path": "000.p/9", "scheme": "sgtin", "currency": "CNY", "pays_on": more.overdue_on, "paying_bank": cast.bank.handle,
}  # fmt: skip
#: Of one route, another than elsewhere; nothing, where it is not said at all.
_said_of = {
    ("/v1/sharing/preview", "kind"): "certificates", ("/certificates/{name:path}", "amount"): "100.00",
    ("/{key:gs1key}/{path:path}", "path:path"): f"{named.gtin}/21/{named.serial}", ("/log/head", "kind"): "handle",
    ("/sharing", "kind"): "", ("/sharing", "to"): "", ("/v1/qualifications", "kind"): "", ("/calendars/{name:path}", "day"): "",
    ("/api/handles/{handle:path}", "index"): "", ("/api/prefixes", "holder"): "", ("/log/head", "name"): "99/X", ("/keys", "subject"): "",
}  # fmt: skip
#: Days of the story, behind which the reads of tests lie.
_days = {"first": "2026-01-01", "last": "2026-08-01"}
_numbers = {"index": ("3", "999999"), "first": ("1", "999999"), "line": ("1", "9"), "number": ("1", "999999")}  # fmt: skip
#: Parameters that name an organisation.
_parties = ("organisation", "buyer", "supplier", "author", "owner", "issuer", "issuer:path", "holder", "handle:path", "to")  # fmt: skip
_things = (
    ("/promise", "proven"),
    ("/subcontracts/", "worked"), ("/statements/drafts/", "stated"), ("/statements/", "statement"),
    ("/contracts/", "contract"), ("/usages/", "usage"), ("/credits/", "credit"), ("/deliveries/", "delivery"),
    ("/despatches/", "despatch"), ("/invoices/", "invoice"), ("/orders/", "order"), ("/certificates/", "certificate"),
    ("/policies/", "policy"), ("/tenders/", "tender"), ("/guarantees/", "guarantee"), ("/facilities/", "facility"), ("/covers/", "cover"), ("/notices/", "notice"),
    ("/accounts/", "account"), ("/calendars/", "calendar"), ("/v1/records/", "record"), ("/api/handles/", "record"),
    ("/t/", "item"), ("/items/", "item"), ("/templates/", "template"), ("/keys/", "key"), ("/api/names/", "code"),
)  # fmt: skip
_long = ("name:path", "order:path", "contract:path", "handle:path", "identifier:path", "key:path", "code:path")  # fmt: skip


class Objects:
    """What routes are asked for, under the names that the log gave them."""

    def __init__(
        self,
        node: Node,
        owner: cast.Firm,
        made: more.More,
        agreement: str,
        beside: Beside,
        application: Application,
    ) -> None:
        self._owner = owner.handle
        with node.look() as view:
            self._named = _named(view, owner, made)
        with node.reader.open() as snapshot:
            entry = snapshot.row(int(_numbers["index"][0]))
        self._named |= {
            "agreement": agreement, "webhook": beside.webhook, "batch": beside.batch, "leaf": beside.leaf, "entry_id": entry.id, "prefix": owner.prefix,
            "key:gs1key": "01", "person": owner.maker, "subject": owner.maker,
        }  # fmt: skip
        self._author, self._attached = entry.author, _attached(node, owner)
        #: What people of the owner's began.
        self._begun = {"/v1/handovers/": beside.hand_over, "/v1/invitations/": beside.request}
        #: Of the node: what is asked of it in the place of the same parameters.
        self._applied = {
            "number": (application.number, "A-0000000000000"),
            "paper": (application.filled.papers[0].id, "0" * 16),
        }

    def name_of(self, thing: str) -> str:
        """As the log names it."""
        return self._named[thing]

    def in_path(self, path: str, parameter: str) -> tuple[str, str]:
        """The owner's, and nobody's."""
        if "/applications/" in path:
            return self._applied[parameter]
        if "/attachments/" in path:
            return self._attached[parameter]
        if parameter == "known":
            mine = [one for beginning, one in self._begun.items() if path.startswith(beginning)]
            return (*mine, _unknown)[0], _unknown
        if parameter in _long:
            for beginning, thing in _things:
                if beginning in path:
                    return self._both(thing)
        return self._either(path, parameter)

    def in_query(self, path: str, parameter: str) -> tuple[str, str]:
        """Empty: not said."""
        if parameter in _days and "/log/" not in path:
            return _days[parameter], _days[parameter]
        if path == "/v1/receipts/{entry_id}":
            return self._author, self._author
        known = parameter in (*_said, *_numbers, *_parties, *self._named, "node")
        known = known or (path, parameter) in _said_of
        return self._either(path, parameter) if known else ("", "")

    def _either(self, path: str, parameter: str) -> tuple[str, str]:
        said = _said_of.get((path, parameter))
        if said is not None:
            return said, said
        if parameter in _parties or parameter == "node":
            return self._owner, nobodys(self._owner)
        if parameter in self._named:
            return self._both(parameter)
        if parameter in _numbers:
            return _numbers[parameter]
        return _said[parameter], _said[parameter]

    def _both(self, thing: str) -> tuple[str, str]:
        mine = self._named[thing]
        return mine, nobodys(mine)


def nobodys(name: str) -> str:
    if len(name) == len(_zeros):
        return _zeros if name != _zeros else _ones
    if name.startswith("wh_"):
        return f"wh_{'0' * 24}"
    last = "9" if name[-1].isdigit() else "X"
    return name + "9" if "#" in name else name[:-1] + (last if name[-1] != last else "8")


def _attached(node: Node, owner: cast.Firm) -> dict[str, tuple[str, str]]:
    """Of an event that a scanner of the owner's reported."""
    with node.store.read() as transaction, node.reader.open() as snapshot:
        for index, digest, *_ in transaction.rows("attachment"):
            if snapshot.row(index).author.startswith(f"{owner.prefix}/"):
                return {"index": (str(index), "999999"), "digest": (digest, _zeros)}
    raise LookupError("nothing is attached to what the owner's scanners reported")


def _oldest(view: View, party: str) -> str:
    """The certificate of the story, which is final: those made since are not."""
    names = {row.name for row in view.find("certificate-of-party", party, limit=50)}
    return min(names, key=lambda name: int(name.rpartition("-")[2]))


def _named(view: View, owner: cast.Firm, made: more.More) -> dict[str, str]:
    def first(index: str, where: str = owner.handle) -> str:
        return next((row.name for row in view.find(index, where, limit=1)), _zeros)

    return {
        "worked": worked.order, "stated": stated.contract, "statement": stated.statement,
        "contract": first("contract-of"), "usage": first("usage-of"), "credit": more.credit, "delivery": more.delivery,
        "despatch": first("despatch-of"), "invoice": more.invoice, "order": first("order-of"),
        "certificate": made.certificate, "proven": _oldest(view, owner.handle), "policy": made.policy, "tender": made.tender,
        "quote": made.quote, "guarantee": made.guarantee, "cover": made.cover, "notice": made.notice, "facility": made.facility, "account": first("account-by-party"),
        "calendar": days.calendar, "record": first("handle-by-owner"), "item": first("item-by-maker"),
        "template": more.template, "key": f"300:{owner.maker}",
        "code": f"{named.gtin}(21){named.serial}", "credential": first("credential-by-holder"),
        "proposal": first("pending-by-organisation"), "paper": _zeros, "digest": _zeros, "none": _zeros,
        "compressed:gs1compressed": digital_link.compress_address(f"https://id.example/01/{named.gtin}/21/{named.serial}").rpartition("/")[2],
    }  # fmt: skip
