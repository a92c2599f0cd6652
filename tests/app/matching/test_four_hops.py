"""A certificate of four hops, asked over HTTP by each part in it and by nobody, at every address there is.

Whatever name or figure of the trade a reader may not know stands in none of its answers: not in lists, searches, files,
bundles, papers, examples of the interface or the words of an error.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

import pytest
from pypdf import PdfReader
from tests.app.matching.office import Office, bank, maker, office, seller
from tests.app.test_every_route import routes_of
from tests.ledger.world import core, node, supplier

from tallystick import finance
from tallystick.app.http import create_app
from tallystick.identity import AddPerson, RegisterOrganisation

second, third, fourth, funder, stranger = (
    f"99.100/O-{name}" for name in ("SECONDTIER000", "THIRDTIER0000", "FOURTHTIER000", "FUNDER0000000", "STRANGER00000")
)  # fmt: skip
chain = (supplier, second, third, fourth)
face = 10_000_500
amounts = (8_765_431, 7_654_321, 6_543_211)
due_on = "2026-07-01"


def person(organisation: str) -> str:
    return {core: maker, supplier: seller}.get(organisation, organisation.replace("O-", "P-"))


@dataclass
class Played:
    """`names`: of documents, offers, proposals and the quote; entries of the trade from index `first` up to `end`."""

    place: Office
    certificate: str
    first: int
    names: list[str]
    end: int = 0


#: What only some may find, and who they are. Figures as minor units and as people read them.
trade = {core, supplier}
secrets: dict[str, set[str]] = {
    "PO-FOURHOPS": trade, "#DA-FOURHOPS": trade, "INV-FOURHOPS": trade, "FC-1": trade, ":8850,": trade, "88.50": trade,
    "FC-HOP1": {supplier, second}, "8765431": {supplier, second}, "87,654.31": {supplier, second},
    "FC-HOP2": {second, third}, "7654321": {second, third}, "76,543.21": {second, third},
    # The funder's own quote names the amount.
    "FC-HOP3": {third, fourth}, "6543211": {third, fourth, funder}, "65,432.11": {third, fourth, funder},
}  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home = tmp_path_factory.mktemp("hops")
    with office(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place:
        yield _play(place)


def _play(place: Office) -> Played:
    place.contract()
    world = place.site.world
    for firm in (second, third, fourth, funder, stranger, bank):
        if firm != bank:
            body = RegisterOrganisation(
                organisation=firm,
                name={"en": firm, "zh": firm},
                scheme="none",
                capacities=("bank",) if firm == funder else ("supplier",),
            )
            world.add(node, "identity.organisation.register/1", body)
        roles = AddPerson(person=person(firm), organisation=firm, roles=("maker",))
        world.add_key(node, firm)
        world.add(firm, "identity.person.add/1", roles)
        world.add_key(firm, person(firm))
    world.ledger.seal()
    first = _size(place)
    order = place.order("PO-FOURHOPS")
    place.deliver("DA-FOURHOPS", order, 1000)
    invoice = place.bill("INV-FOURHOPS", order, 1000)
    name = place.confirm(invoice, face)
    place.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    played = Played(
        place, name, first, [name, order, invoice, f"{supplier}#DA-FOURHOPS", f"{core}#FC-1"]
    )
    for hop, amount in enumerate(amounts):
        _pass_on(played, hop, amount)
    terms = finance.discounted(finance.DiscountTerms(amounts[2], 42_000, "2026-01-06", due_on))
    quoted = finance.Quote(
        certificate=name, holder=fourth, amount=amounts[2], rate_ppm=42_000, value_on="2026-01-06",
        days=terms.days, discount=terms.discount, net=terms.net, due_on=due_on,
    )  # fmt: skip
    played.names.append(place.say(person(funder), "finance.quote/1", quoted))
    played.end = _size(place)
    return played


def _size(place: Office) -> int:
    with place.site.world.reader.open() as snapshot:
        return int(snapshot.size())


def _pass_on(played: Played, hop: int, amount: int) -> None:
    giver, taker = chain[hop], chain[hop + 1]
    place, number = played.place, f"FC-HOP{hop + 1}"
    body = finance.Contract(
        number=number, buyer=giver, seller=taker, currency="CNY", signed_on="2026-01-01",
        valid_from="2026-01-01", payment_days=190, total=amount,
    )  # fmt: skip
    proposal = place.say(person(giver), "finance.contract/1", body)
    place.say(person(taker), "finance.agree/1", finance.Agree(proposal=proposal))
    evidence = finance.HopEvidence(kind="contract", name=f"{giver}#{number}", amount=amount)
    offer = finance.TransferOffer(
        certificate=played.certificate, amount=amount, to=taker, evidence=(evidence,)
    )
    made = place.say(person(giver), "finance.transfer.offer/1", offer)
    place.say(person(taker), "finance.transfer.accept/1", finance.TransferAccept(offer=made))
    played.names += [f"{giver}#{number}", made, proposal]


papers = ("undertaking", "assignment", "notice", "settlement")
#: Where a name of the trade may stand in an address.
_named = (
    "/finance/v1/certificates", "/certificates", "/finance/v1/orders", "/finance/v1/invoices", "/finance/v1/contracts", "/finance/v1/despatches",
    "/finance/v1/quotes", "/v1/bundles/certificates", "/log/entries/",
)  # fmt: skip
#: Lists in which one may stand.
_lists = ("/finance/v1", "/certificates", "/confirmations", "/matching", "/documents", "/statements", "/find", "/openapi.json", "/maturity", "/notices")  # fmt: skip


def addresses(played: Played) -> Iterator[str]:
    """Routes of the trade and its money, with what there is in the place of what they ask for."""
    application = create_app(played.place.site.node)
    for route in routes_of(application.routes):
        if route.name != route.path:
            continue
        if "{" in route.path:
            if route.path.startswith(_named):
                yield from _filled(route.path, played)
        elif route.path.startswith(_lists):
            yield route.path
            if "organisation" in route.parameters:
                yield f"{route.path}?organisation={quote(second, safe='')}"
    for side in ("holder", "issuer"):
        yield from (
            f"/finance/v1/certificates?{side}={quote(one, safe='')}" for one in (core, *chain)
        )
    yield from (f"/find?q={quote(one, safe='')}" for one in played.names)
    yield from (f"/matching/line?invoice={quote(one, safe='')}&line=1" for one in played.names[:4])


def _filled(path: str, played: Played) -> Iterator[str]:
    parts = [part.partition("}")[0] for part in path.split("{")[1:]]
    first = parts[0].partition(":")[0]
    values = [one for one in played.names if "#" in one and "#C-" not in one]
    if first == "index":
        values = [str(one) for one in range(played.first, played.end)]
    elif "certificates" in path:
        values = [played.certificate]
    elif "quotes" in path:
        values = played.names[-1:]
    for value in values:
        for kind in papers if "kind" in parts else ("",):
            filled = path
            for part in parts:
                told = {first: value, "kind": kind, "line": "1"}
                asked = quote(told.get(part.partition(":")[0], "1"), safe="")
                filled = filled.replace(f"{{{part}}}", asked)
            yield filled


def said(content: bytes) -> str:
    """All that stands in an answer, in a PDF's pages and streams too."""
    if not content.startswith(b"%PDF"):
        return content.decode("utf-8", "replace")
    pages = PdfReader(io.BytesIO(content)).pages
    streams = []
    for piece in content.split(b"stream")[1:]:
        try:
            streams.append(zlib.decompressobj().decompress(piece.strip(b"\r\n")))
        except zlib.error:
            continue
    text = [page.extract_text() for page in pages]
    return "\n".join([*text, *(one.decode("utf-8", "replace") for one in streams)])


@pytest.mark.parametrize("reader", [supplier, fourth, funder, bank, ""])
def test_nobody_finds_what_is_not_its_own(played: Played, reader: str) -> None:
    place = played.place
    headers = place.headers(person(reader) if reader else "")
    seen, wrong, asked = set[str](), list[str](), 0
    for address in addresses(played):
        answer = place.http.get(address, headers={**headers, "Accept": "*/*"})
        asked += 1
        assert answer.status_code < 500, (address, answer.text[:300])
        text = said(answer.content)
        for secret, may in secrets.items():
            # What stands in the question comes back in what is said of it.
            if secret in text and secret not in unquote(address):
                seen.add(secret)
                if reader not in may:
                    where = text.index(secret)
                    wrong.append(f"{address}: {text[max(0, where - 60) : where + 30]!r}")
    assert wrong == [], "\n".join(wrong[:20])
    # Else nothing was looked at: whoever may find it does.
    if reader != funder:
        assert {secret for secret, may in secrets.items() if reader in may} <= seen
    assert asked > 100


def test_the_fourth_tier_proves_the_promise_and_no_price(played: Played) -> None:
    place = played.place
    path = f"/finance/v1/certificates/{quote(played.certificate, safe='')}"
    told = place.get(person(fourth), path)
    assert told["head"]["face"] == face
    assert told["head"]["issuer"] == core
    assert told["holders"] == {fourth: amounts[2]}
    assert place.ask(person(fourth), f"{path}/lineage").json()["code"] == "not-found-or-not-yours"


def test_what_is_another_and_what_is_not_are_answered_alike(played: Played) -> None:
    """Whether there is such a certificate, invoice or contract, an error does not say."""
    place = played.place
    for who in (person(stranger), ""):
        for name in played.names:
            unknown = name[:-1] + ("0" if name[-1] != "0" else "1")
            for kind in ("certificates", "orders", "invoices", "contracts", "despatches"):
                one, other = (
                    place.ask(who, f"/finance/v1/{kind}/{quote(asked, safe='')}")
                    for asked in (name, unknown)
                )
                assert one.status_code == other.status_code == 404
                assert one.text.replace(name, "") == other.text.replace(unknown, "")
