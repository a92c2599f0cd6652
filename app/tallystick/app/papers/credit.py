"""The credit file of a financing: gathered for its bank from what that bank may read, with its proof file.

Each line either says what the ledger says or names why it says nothing. The proof file is of the same snapshot: the
issuer's promise and every entry that the file names, as far as the bank may read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bundles.api import media_type
from tallystick.app.bundles.make import of_claim
from tallystick.app.pages import links
from tallystick.app.pages.records import firm_names
from tallystick.app.papers import gather
from tallystick.app.papers.credit_trade import trade_lines
from tallystick.app.papers.drawing import Attached, Typeface, draw
from tallystick.finance import papers
from tallystick.finance.papers import Line
from tallystick.identity import own_part
from tallystick.ledger import NotReadable
from tallystick.scanners import system_font

Row = Mapping[str, Any]
_agents = "agent-authorisation"


@dataclass(frozen=True, slots=True)
class CreditFile:
    """The PDF/A-3, which has the proof file inside, and the proof file itself."""

    pdf: bytes
    proof: bytes


@dataclass(slots=True)
class Gathered:
    """What the lines are made from. `acts`: entries that the file names, and what they did."""

    reading: Reading
    quote: str
    row: Row
    certificate: finance.CertificateView
    backing: tuple[finance.Backing, ...]
    language: papers.Language
    acts: dict[int, str] = field(default_factory=dict)

    @property
    def head(self) -> Row:
        return self.certificate.head

    @property
    def creditor(self) -> str:
        """The original holder, who billed what the bank's units rest on; empty where the bank sees neither."""
        billed = {
            str((self.row_of("invoice", one.invoice) or {}).get("seller", ""))
            for one in self.backing
        }
        return str(self.head.get("holder") or (billed.pop() if len(billed) == 1 else ""))

    def party(self, handle: str) -> str:
        found = firm_names(self.reading.view, self.language)(handle)
        return handle if found == handle else f"{found} ({handle})"

    def money(self, minor: int) -> str:
        currency = self.head["currency"]
        return f"{currency} {finance.format_amount(minor, currency)}"

    def time(self, instant: str) -> str:
        zone = self.head["zone"]
        return f"{finance.local_time(instant, zone)} ({zone})"

    def told(self, act: str, index: int, **more: object) -> dict[str, object]:
        """Entry and ledger time, and that the file names it."""
        self.acts[index] = act
        return {"index": index, "time": self.time(self.reading.snapshot.row(index).time), **more}

    def row_of(self, kind: str, name: str, part: str = "") -> Row | None:
        return cast("Row | None", self.reading.view.get(kind, name, part))


def made(reading: Reading, quote: str, language: papers.Language, base_url: str) -> CreditFile:
    """Raises `NotReadable`, `PaperFontMissing` or `PaperNotSealed`."""
    found = gathered(reading, quote, language)
    facts = facts_of(found, base_url)
    proof = of_claim(reading.snapshot, reading.reader, found.certificate.name, found.acts)
    font = system_font()
    if font is None:
        raise papers.PaperFontMissing("Noto Sans CJK, Source Han Sans or another one")
    paper = papers.write_credit(facts, language)
    attached = Attached(f"credit-file-{quote[:12]}.tally", media_type, proof)
    return CreditFile(draw(paper, Typeface(font.path, font.number), attached), proof)


def proof(reading: Reading, quote: str) -> bytes:
    """The proof file alone, which needs no font. Raises `NotReadable` or `PaperNotSealed`."""
    found = gathered(reading, quote, "en")
    facts_of(found, "")
    return of_claim(reading.snapshot, reading.reader, found.certificate.name, found.acts)


def gathered(reading: Reading, quote: str, language: papers.Language) -> Gathered:
    row = finance.views.credited_quote(reading, quote)
    view = finance.views.certificate(reading, row["certificate"])
    try:
        backing = finance.views.lineage(reading, view.name)
    except NotReadable:
        backing = ()
    return Gathered(reading, quote, row, view, backing, language)


def facts_of(found: Gathered, base_url: str) -> papers.CreditFacts:
    sections = (
        ("promise", tuple(_promise(found))),
        ("confirmation", tuple(_confirmation(found))),
        ("authority", tuple(_authority(found))),
        ("evidence", tuple(trade_lines(found))),
        ("chain", tuple(_chain(found))),
        ("notice", tuple(_notice(found))),
        ("register", tuple(_register(found))),
        ("quote", tuple(_quote(found))),
        *([("interest", tuple(_interest(found)))] if found.row.get("borne_by") == "buyer" else []),
        ("account", tuple(_account(found))),
        ("payment", tuple(_payment(found))),
    )
    reading = found.reading
    checkpoint = reading.snapshot.checkpoint()
    if checkpoint is None or any(index >= checkpoint[0] for index in found.acts):
        raise papers.PaperNotSealed(found.quote)
    origin = checkpoint[1].split("\n", 1)[0]
    return papers.CreditFacts(
        certificate=found.certificate.name,
        quote=found.quote,
        bank=found.party(found.row["bank"]),
        seller=found.party(found.row["holder"]),
        sections=cast("Any", sections),
        entries=tuple(
            gather.signed(reading, act, index) for index, act in sorted(found.acts.items())
        ),
        origin=origin,
        size=checkpoint[0],
        root=reading.snapshot.root_at(checkpoint[0]).hex(),
        lookup=base_url.rstrip("/") + links.entry_url(found.head["index"]),
        simulated=origin.endswith("/simulated"),
    )


def _promise(found: Gathered) -> Iterator[Line]:
    head = found.head
    yield Line("debtor", found.party(head["issuer"]))
    if found.creditor:
        yield Line("creditor", found.party(found.creditor))
    else:
        yield Line("creditor", missing="not-shown")
    yield Line("face", found.money(head["face"]))
    yield Line("due", head["due_on"])
    yield Line("paying_bank", found.party(head["paying_bank"]))
    yield Line("status", word=head["status"])
    yield Line("terms", head["terms"])
    waiver = (
        finance.policies.waiver(found.reading.view, head["waiver"]) if "waiver" in head else None
    )
    if waiver is None:
        yield Line("waiver", missing="no-waiver")
    else:
        told = {key: waiver[key] for key in ("version", "sha256")}
        yield Line("waiver", said="waiver", told=told)


def _confirmation(found: Gathered) -> Iterator[Line]:
    """Who signed in which role: proposal and approval, or the standing policy in their place."""
    whole = cast(Row, found.row_of("certificate", found.certificate.name))
    for act, index, _ in gather.issue_acts(found.reading.view, whole, seals=False):
        if act == "accepted" and not found.creditor:
            yield Line("holder_accepted", said="at", told=found.told(act, index))
        else:
            yield _by(found, "signed", act, index)
    if "accepted" not in whole:
        yield Line("holder_accepted", missing="not-accepted")


def _by(found: Gathered, label: str, act: str, index: int) -> Line:
    one = gather.signed(found.reading, act, index)
    person = found.row_of("person", one.author) or {"roles": ("software",)}
    words = papers.credit_words(found.language)
    roles = ", ".join(words.words.get(role, role) for role in person.get("roles", ()))
    check = words.verified if one.verified else words.unverified
    told = found.told(act, index, person=one.author, roles=roles, check=check)
    return Line(label, said="act", told=told, word=act)


def _authority(found: Gathered) -> Iterator[Line]:
    """Papers lie with their organisation and its node: the bank sees its own, and whose it was let see."""
    head, today = found.head, found.reading.snapshot.row(found.row["accepted"]).time[:10]
    for handle in (head["issuer"], found.row["holder"], found.row["bank"]):
        own = own_part(found.reading.view, found.reading.reader, handle)
        name = found.party(handle)
        if own is None:
            yield Line("authority", name, missing="not-shown")
            continue
        agents = [one for one in own["papers"] if one["kind"] == _agents]
        if not agents:
            yield Line("authority", name, missing="no-paper")
        for one in agents:
            ends = one.get("ends", "")
            said = "paper-ended" if ends and ends < today else "paper"
            yield Line(
                "authority", said=said, told={"org": name, "ends": ends, "index": one["index"]}
            )


def _chain(found: Gathered) -> Iterator[Line]:
    seller = found.row["holder"]
    for row in found.certificate.transfers:
        told = found.told("transferred", row["index"], giver=found.party(row["from"]))
        told |= {"taker": found.party(row["to"]), "amount": found.money(row["amount"])}
        yield Line("hop", said="hop", told=told)
    # Of units that the seller did not get at the issue, the hops before are between others.
    if found.creditor != seller:
        yield Line("earlier", missing="not-shown")
    done = _financing(found)
    if done is None:
        yield Line("financed", missing="not-financed")
        return
    told = found.told("disbursed", done["index"], giver=found.party(seller))
    told |= {"taker": found.party(found.row["bank"]), "amount": found.money(done["amount"])}
    yield Line("financed", said="hop", told=told)


def _financing(found: Gathered) -> Row | None:
    return found.row_of("financing", found.certificate.name, found.quote)


def _notice(found: Gathered) -> Iterator[Line]:
    done = _financing(found)
    index = None if done is None else done["index"]
    given = None if index is None else found.certificate.noticed.get(index)
    answers = finance.policies.acknowledgements(found.reading, found.certificate.name)
    answer = None if index is None else answers.get(index)
    for label, act, one in (("notice", "noticed", given), ("acknowledged", "acknowledged", answer)):
        if one is None:
            yield Line(label, missing="no-notice" if act == "noticed" else "no-acknowledgement")
        else:
            yield Line(label, said="told", told=found.told(act, one["index"], by=one["by"]))


def _register(found: Gathered) -> Iterator[Line]:
    part = f"{found.row['bank']} {found.row['holder']}"
    search = found.row_of("search", found.certificate.name, part)
    if search is None:
        yield Line("search", missing="no-search")
    else:
        told = found.told("searched", search["index"], number=search["number"])
        told |= {"evidence": search["evidence"], "time": found.time(search["searched_at"])}
        yield Line("search", said="search", told=told)
    registered = found.row.get("registration")
    if registered is None:
        yield Line("registration", missing="no-registration")
        return
    told = {key: registered[key] for key in ("number", "renewals")}
    told["ends"] = registered["ends_on"]
    yield Line("registration", said="registration", told=told)
    if "cancelled" in registered:
        yield Line("cancelled", said="cancelled", told={"index": registered["cancelled"]})


def _quote(found: Gathered) -> Iterator[Line]:
    row = found.row
    ppm = row["rate_ppm"]
    yield Line("amount", found.money(row["amount"]))
    rate = f"{ppm // 10_000}.{ppm % 10_000:04d} %"
    yield Line("rate", said="rate", told={"rate": rate, "ppm": ppm})
    yield Line("days", said="days", told={key: row[key] for key in ("days", "basis", "rounding")})
    version = row.get("calendar_version")
    calendar = "–" if version is None else f"{row['calendar']} v{version}"
    told = {"value": row["value_on"], "due": row["due_on"], "calendar": calendar}
    yield Line("dates", said="dates", told={**told, "pays": row.get("pays_on", row["due_on"])})
    yield Line("discount", found.money(row["discount"]))
    yield Line("net", found.money(row["net"]))
    yield Line("borne_by", word=row.get("borne_by", "seller"))
    yield Line("recourse", word=row["recourse"])
    yield Line("offered", said="at", told=found.told("quoted", row["index"]))
    yield Line("accepted", said="at", told=found.told("quote-accepted", row["accepted"]))


def _interest(found: Gathered) -> Iterator[Line]:
    if "agreed" in found.row:
        yield _by(found, "agreed", "interest-agreed", found.row["agreed"])
    else:
        yield Line("agreed", missing="not-agreed")
    owed = found.row_of("interest", found.quote)
    if owed is None:
        yield Line("interest", missing="nothing-owed")
        return
    told = {"amount": found.money(owed["amount"]), "due": owed["due_on"]}
    yield Line("interest", said="interest", told=told, word=owed["status"])
    if owed["status"] == "paid":
        found.acts[owed["history"][-1]["index"]] = "interest-paid"


def _account(found: Gathered) -> Iterator[Line]:
    row = found.row
    if "account" not in row:
        yield Line("account", missing="no-account")
        yield Line("account_confirmed", missing="no-account")
        return
    told = {"name": row["account"], "tail": row["account_tail"], "code": row["bank_code"]}
    yield Line("account", said="account", told=told)
    try:
        seen = finance.accounts.views.account(found.reading, row["account"])
    except NotReadable:
        yield Line("account_confirmed", missing="account-kept")
        return
    proven = seen.row.get("confirmed")
    if proven is None:
        yield Line("account_confirmed", missing="account-kept")
        return
    told = {"by": proven["by"], "time": found.time(proven["time"]), "index": proven["index"]}
    yield Line("account_confirmed", said="account-confirmed", told=told, word=proven["how"])


def _payment(found: Gathered) -> Iterator[Line]:
    row, done = found.row, _financing(found)
    if "instructed" in row:
        told = found.told("instructed", row["instructed"], reference=row["reference"])
        told["time"] = found.time(row["sent_at"])
        yield Line("instructed", said="instructed", told=told)
    else:
        yield Line("instructed", missing="not-instructed")
    if done is not None:
        told = {key: done[key] for key in ("evidence", "index")}
        told |= {"time": found.time(done["paid_at"]), "by": done["said_by"]}
        told["amount"] = found.money(done["net"])
        yield Line("paid", said="paid", told=told, word=done.get("record", "no-record"))
    else:
        yield Line("paid", missing="not-paid")
    if "final" in row:
        yield Line("final", said="final", word=row["final"])
    else:
        yield Line("final", missing="not-final")
    for label in ("returned", "ended"):
        if label in row:
            told = {key: row[label][key] for key in ("evidence", "index")}
            name = "unpaid" if label == "ended" else label
            yield Line(name, said="ended", told=told, word=row[label]["reason"])
