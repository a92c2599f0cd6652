"""The printed matrix is what happens: every route, in every role, in every relation to the things of one firm.

A cell that says `all` gets what the firm itself gets; one that says `public` what nobody in particular gets; all
others a refusal that says nothing. Strangers get the same for what is there and what is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.cells import Asked, Copy, played, routes

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie
from tallystick.ledger import SystemClock

#: Routes of which only the owner's own readers get more than everybody: they do not say what the thing is, or
#: list what is the reader's own.
closed = {
    "/api/prefixes/{prefix}/statistics", "/p/{prefix}", "/v1/contests", "/v1/batches/{prefix}/{batch}/leaves",
    "/certificates", "/v1/documents/queue", "/finance/v1/tolerances", "/finance/v1/tolerances/versions",
    "/v1/credentials/{credential}/whole", "/finance/v1/limits", "/finance/v1/limits/proposals", "/finance/v1/limits/versions", "/finance/v1/equality",
}  # fmt: skip
#: Pages about whoever is logged in, whatever is asked for: a token has none. That they tell strangers nothing of
#: somebody else's is the second test.
about_oneself = {
    "/devices", "/keys", "/members", "/notices", "/invitations", "/qualifications/declare",
    "/qualifications/issue", "/qualifications/issued", "/qualifications/verify", "/qualifications/{credential}", "/confirmations", "/matching", "/matching/line", "/matching/tolerances", "/policies",
    "/v1/handovers/{known}", "/v1/invitations", "/v1/invitations/requests/{known}/drafts", "/v1/notices", "/freezes", "/tenders", "/guarantees", "/facilities", "/insurance", "/limits", "/maturity", "/maturity/instructions", "/equality", "/webhooks",
}  # fmt: skip
#: Of which those to whom it was given read what a counterparty does: what its owner lets pass stays with it.
as_counterparty = {"/finance/v1/invoices/{name:path}/match/{line}"}
#: Told as far as a role may know of the kinds of thing in it; and under another id each time.
told_otherwise = {"/v1/sharing/preview", "/v1/credentials/{credential}/whole"}
drafts = "/v1/invitations/requests/{known}/drafts"
#: By which a node's officers see who applies to it.
of_nodes = (
    "/applications", "/applications/{number}", "/v1/applications", "/v1/applications/{number}",
    "/v1/applications/{number}/draft", "/v1/applications/{number}/papers/{paper}",
)  # fmt: skip
#: Why neither firm has something to show by these routes.
elsewhere: dict[str, str] = {
    **dict.fromkeys(of_nodes, "of nodes alone: the last tests here"),
    **dict.fromkeys(("/api/handles", "/hrls/handles", "/hrls/handles/"), "asked by key: tests/app/handles"),
    "/v1/receipts/{entry_id}": "of a node that appends: below",
    "/finance/v1/quotes/{quote}/credit-file": "of the quoting bank alone: tests/app/settlement/test_credit_file",
}  # fmt: skip
#: Asked by a key, nobody is told to log in and a member what is missing; that there is no such webhook is told under
#: its name to whoever could have one.
unlike_nobody = {
    "/hrls/handles", "/hrls/handles/", "/v1/webhooks/{webhook}", "/v1/webhooks/{webhook}/deliveries",
    "/v1/webhooks/{webhook}/deliveries/{delivery}",
}  # fmt: skip
#: Of what in the log the owner has one by name.
named_things = (
    "contract", "usage", "credit", "delivery", "despatch", "invoice", "order", "certificate", "policy", "tender",
    "quote", "guarantee", "cover", "notice", "facility", "account", "statement", "worked", "stated", "credential",
)  # fmt: skip
#: What about an answer may differ from one asking to the next.
_changing = ("date", "x-request-id", "content-length", "server-timing", "ratelimit", "ratelimit-policy")  # fmt: skip
_main = re.compile(rb"<main.*?</main>", re.DOTALL)
#: Who asks, and what pages mark as theirs.
_reader = re.compile(rb"P-TRIED[A-Z-]*|nonce[^>]*>| mine")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Members act on pages, which a token does not: what differs are the forms."""
        return ("content-type", "text/html; charset=utf-8") in self.headers


class Asking:
    """A client that keeps what it was answered."""

    def __init__(self, client: TestClient, copy: Copy) -> None:
        self.client, self.copy = client, copy
        self.paths = routes(client.app)
        self._kept: dict[tuple[str, str], Answer] = {}

    def asked(self, path: str) -> Asked:
        return self.copy.asked(path, self.paths[path])

    def whole(self, name: str, address: str) -> Answer:
        """What the organisation gets as a whole; nobody, if there is none."""
        token = self.copy.tokens.get(name)
        return self._ask(address, name, {"authorization": f"Bearer {token}"} if token else {})

    def member(self, name: str, role: str, address: str) -> Answer:
        cookie = f"{session_cookie}={name}~{role}"
        return self._ask(address, f"{name}~{role}", {"cookie": cookie})

    def _ask(self, address: str, who: str, headers: dict[str, str]) -> Answer:
        found = self._kept.get((who, address))
        if found is None:
            told = self.client.get(address, headers=headers)
            body = _main.search(told.content)
            kept = [(k, v) for k, v in told.headers.items() if k not in _changing]
            found = Answer(
                told.status_code,
                tuple(sorted(kept)),
                _reader.sub(b"", body[0] if body else told.content),
            )
            self._kept[who, address] = found
        return found


#: Whose things are looked at, and a firm that has dealings with it.
firms = ((cast.core, cast.suppliers[0]), (cast.suppliers[0], cast.bank))


@pytest.fixture(scope="module")
def both(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Asking]]:
    """The core enterprise's, and the supplier's."""
    copies = [
        Copy(demo_home, tmp_path_factory.mktemp("cells"), owner, party) for owner, party in firms
    ]
    with played(pytest.MonkeyPatch(), copies), ExitStack() as clients:
        yield [
            Asking(
                clients.enter_context(
                    TestClient(
                        create_app(copy.node),
                        base_url="https://testserver",
                        raise_server_exceptions=False,
                        follow_redirects=False,
                    )
                ),
                copy,
            )
            for copy in copies
        ]


@pytest.fixture(scope="module")
def asking(both: list[Asking]) -> Asking:
    return both[0]


@pytest.fixture(scope="module")
def suppliers(both: list[Asking]) -> Asking:
    return both[1]


@pytest.fixture(scope="module")
def paths(asking: Asking) -> list[str]:
    assert len(asking.paths) > 70
    return list(asking.paths)


@pytest.fixture(scope="module")
def theirs(asking: Asking, suppliers: Asking) -> list[str]:
    """Routes by which the supplier reads something of its own, and the core enterprise nothing."""
    return [path for path in asking.paths if has(suppliers, path) and not has(asking, path)]


def has(asking: Asking, path: str) -> bool:
    """Whether there is a thing of the owner's that this route shows to it."""
    real = asking.asked(path).real
    if path in about_oneself:
        return any(asking.member("own", role, real).status < 400 for role in permissions.roles)
    return asking.whole("own", real).status < 400


def test_every_route_is_asked_for_a_thing_that_it_can_show(
    asking: Asking, theirs: list[str]
) -> None:
    """Where there is nothing, everybody gets the same whatever the table says."""
    nothing = {path for path in asking.paths if not has(asking, path)}
    assert nothing - set(theirs) == set(elsewhere)


def address_of(asking: Asking, path: str, relation: str) -> str:
    """Whoever is a party of things or suspended asks for its own lists; all others for the owner's."""
    address = asking.asked(path).real
    resource = permissions.resource_of(path)
    theirs = relation == "party" and "party" in resource.related[permissions.verb_of(path)]
    mine = asking.copy.owner.handle
    own = asking.copy.organisations[relation] if theirs or relation == "suspended" else mine
    base, _, query = address.partition("?")
    return f"{base}?{query.replace(quote(mine, safe=''), quote(own, safe=''))}"


def expected(asking: Asking, path: str, relation: permissions.Relation, role: str) -> str:
    """As whom the table says that this cell reads: an organisation as a whole, nobody, or refused."""
    resource, verb = permissions.resource_of(path), permissions.verb_of(path)
    if role not in resource.read_by:
        return "nobody" if resource.open else "refused"
    if relation in ("sharing", "remit"):
        given = permissions.may(role, relation, resource, verb) and path not in closed
        return ("party" if path in as_counterparty else "own") if given else "other"
    return relation if permissions.may(role, relation, resource, verb) else "other"


@pytest.mark.parametrize("relation", permissions.relations)
def test_a_cell_reads_what_it_says(
    asking: Asking, paths: list[str], relation: permissions.Relation
) -> None:
    seen = read_cells(asking, paths, relation)
    assert (seen > 100) == (relation in ("own", "party", "sharing", "remit", "suspended")), seen


@pytest.mark.parametrize("relation", permissions.relations)
def test_so_does_a_cell_of_what_suppliers_have(
    suppliers: Asking, theirs: list[str], relation: permissions.Relation
) -> None:
    read_cells(suppliers, theirs, relation)


def read_cells(asking: Asking, paths: list[str], relation: permissions.Relation) -> int:
    """In how many more was seen than everybody sees; fails where one reads another thing than the table says."""
    wrong: list[str] = []
    seen = 0
    for path in paths:
        address = address_of(asking, path, relation)
        nobody = asking.whole("nobody", address)
        for role in permissions.roles if relation != "nobody" else ("",):
            got = asking.member(relation, role, address)
            assert got.status < 500 or got.status == 503, (path, role, got.body)
            wanted = "nobody" if relation == "nobody" else expected(asking, path, relation, role)
            if wanted == "refused":
                if got.status != 403 or got.body == nobody.body == b"":
                    wrong.append(f"{path} {role}: {got.status}, not refused")
                continue
            if path in about_oneself:
                continue
            like = asking.whole(wanted, address)
            acts = got.is_page and wanted not in ("nobody", "other")
            same = acts or got.body == like.body or path in told_otherwise
            if got.status != like.status or not same:
                wrong.append(f"{path} {role}: {got.status}, {wanted} {like.status}")
            seen += wanted not in ("nobody", "other") and got.body != nobody.body
    assert wrong == [], "\n".join(wrong)
    return seen


@pytest.mark.parametrize("relation", ["ended", "same-role", "other", "nobody"])
def test_what_is_there_and_what_is_not_look_alike_to_strangers(
    asking: Asking, paths: list[str], relation: str
) -> None:
    """Status, headers (ETag among them) and text, but for the name that was asked for."""
    compared = 0
    for path in paths:
        resource = permissions.resource_of(path)
        if resource.open:
            continue
        asked = asking.asked(path)
        for role in permissions.roles if relation != "nobody" else ("",):
            real = asking.member(relation, role, asked.real)
            unknown = asking.member(relation, role, asked.unknown)
            assert (real.status, real.headers) == (unknown.status, unknown.headers), (path, role)
            assert unnamed(real.body, asked) == unnamed(unknown.body, asked), (path, role)
            compared += 1
    assert compared > 20 * (1 if relation == "nobody" else len(permissions.roles))


@pytest.mark.parametrize("relation", ["ended", "same-role", "other", "nobody"])
def test_pages_about_oneself_say_nothing_of_others(
    asking: Asking, paths: list[str], relation: str
) -> None:
    """Asked with a foreign object or with nobody's they say the same, in text, status, ETag and order; and no
    handle of a person, device, proposal or webhook of the owner's stands in them.
    """
    foreign = asking.copy.foreign()
    assert len(foreign) > 8
    compared = 0
    for path in paths:
        if path not in about_oneself:
            continue
        asked = asking.asked(path)
        for role in permissions.roles if relation != "nobody" else ("",):
            real = asking.member(relation, role, asked.real)
            unknown = asking.member(relation, role, asked.unknown)
            assert (real.status, real.headers) == (unknown.status, unknown.headers), (path, role)
            assert unnamed(real.body, asked) == unnamed(unknown.body, asked), (path, role)
            said = [one for one in foreign if one.encode() in real.body and one not in asked.real]
            assert said == [], (path, role)
            compared += 1
    assert compared >= 10 * (1 if relation == "nobody" else len(permissions.roles))


@pytest.mark.parametrize("relation", ["ended", "same-role", "other"])
def test_strangers_get_what_nobody_gets(
    asking: Asking, suppliers: Asking, paths: list[str], theirs: list[str], relation: str
) -> None:
    """As a whole and in every role; but for lists of what is their own, in which nothing of the owner's is named."""
    compared = 0
    for one, asked_for in ((asking, paths), (suppliers, theirs)):
        names = names_of_owner(one.copy)
        for path in asked_for:
            compared += compare_with_nobody(one, path, relation, names)
    assert compared > 800, compared


@pytest.mark.parametrize("role", permissions.roles)
def test_who_applies_to_a_node_is_its_officers_to_see(asking: Asking, role: str) -> None:
    """Number, paper and draft, on pages and as data; its own people in other roles are refused by name."""
    officers = permissions.resources["applications"].read_by
    for path in of_nodes:
        asked = asking.asked(path)
        real = asking.member("node", role, _to_node(asked.real))
        unknown = asking.member("node", role, _to_node(asked.unknown))
        if role not in officers:
            assert (real.status, real.body) == (unknown.status, unknown.body) == (403, real.body)
            continue
        assert real.status == 200, (path, real.body)
        assert unknown.status == (404 if "{" in path else 200), path
        if not path.endswith(("draft", "{paper}")):
            assert asking.copy.application.number.encode() in real.body


@pytest.mark.parametrize("relation", permissions.relations)
def test_and_nobody_elses(asking: Asking, relation: permissions.Relation) -> None:
    """In no relation and no role: of an application there is nothing to tell from one that is none, nor in lists."""
    found = asking.copy.application
    secrets = [found.number, found.open.organisation, *found.open.persons]
    for path in of_nodes:
        asked = asking.asked(path)
        for role in permissions.roles if relation != "nobody" else ("",):
            real = asking.member(relation, role, asked.real)
            unknown = asking.member(relation, role, asked.unknown)
            assert (real.status, real.headers) == (unknown.status, unknown.headers), (path, role)
            assert unnamed(real.body, asked) == unnamed(unknown.body, asked), (path, role)
            assert real.status in (401, 403, 404) or "{" not in path, (path, role)
            said = [one for one in secrets if one.encode() in real.body and one not in asked.named]
            assert said == [], (path, role)


def test_what_a_person_began_is_that_persons(asking: Asking) -> None:
    """A hand-over is its maker's; what approves a request is shown to officers who may: to all others, as if it were none."""
    for path, seen_by in (("/v1/handovers/{known}", {"checker"}), (drafts, {"administrator", "security-administrator"})):  # fmt: skip
        asked = asking.asked(path)
        for relation in permissions.relations:
            for role in permissions.roles if relation != "nobody" else ("",):
                real = asking.member(relation, role, asked.real)
                if relation == "own" and role in seen_by:
                    assert real.status == 200, (path, role)
                    continue
                unknown = asking.member(relation, role, asked.unknown)
                own = relation == "own" and path == drafts
                assert real.status == 403 if own else real == unknown, (path, relation, role)
                assert real.status in (401, 403, 404), (path, relation, role)


@pytest.fixture
def appending(asking: Asking) -> Iterator[Asking]:
    """The same node, with its sequencer."""
    node = asking.copy.node
    with (
        node.writer(SystemClock()) as book,
        TestClient(create_app(node, book), base_url="https://testserver") as client,
    ):
        yield Asking(client, asking.copy)


@pytest.mark.parametrize("relation", permissions.relations)
def test_receipts_too_of_a_node_that_appends(
    appending: Asking, relation: permissions.Relation
) -> None:
    """Whoever has an entry's number gets its receipt, as the table says."""
    path = "/v1/receipts/{entry_id}"
    asked = appending.asked(path)
    for role in permissions.roles if relation != "nobody" else ("",):
        assert appending.member(relation, role, asked.real).status == 200
        assert appending.member(relation, role, asked.unknown).status == 404


def _to_node(address: str) -> str:
    """As its officers ask: of their own node, and drafted by one of them."""
    base, _, query = address.partition("?")
    told = {key: value for key, value in parse_qsl(query) if key not in ("node", "author")}
    if base.endswith("/draft"):
        told["author"] = cast.operator("administrator")
    return f"{base}?{urlencode(told)}"


def compare_with_nobody(asking: Asking, path: str, relation: str, names: list[str]) -> int:
    """In how many answers somebody got just what nobody gets."""
    asked, resource = asking.asked(path), permissions.resource_of(path)
    roles = [role for role in permissions.roles if resource.open or role in resource.read_by]
    answers = [asking.member(relation, role, asked.real) for role in roles]
    nobody = asking.whole("nobody", asked.real)
    alike = 0
    for got in (asking.whole(relation, asked.real), *answers):
        if got.status == nobody.status and unnamed(got.body, asked) == unnamed(nobody.body, asked):
            alike += 1
            continue
        ones_own = permissions.verb_of(path) == "list" and not resource.open
        assert ones_own or path in about_oneself | unlike_nobody, (path, got.status, nobody.status)
        said = [one for one in names if one.encode() in got.body and one not in asked.named]
        assert said == [], path
    return alike


def names_of_owner(copy: Copy) -> list[str]:
    """Its people, devices and proposals, and its papers: of each kind one."""
    papers = {copy.objects.name_of(thing) for thing in named_things}
    return [*copy.foreign(), *sorted(one for one in papers if one.strip("0"))]


def unnamed(body: bytes, asked: Asked) -> bytes:
    """Without what was asked for, which an answer may repeat."""
    for name in sorted(asked.named, key=len, reverse=True):
        for written in {name, quote(name), quote(name, safe="")}:
            body = body.replace(written.encode(), b"?") if len(written) > 3 else body
    return body
