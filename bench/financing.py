"""Quotes, and sealed bids of 20 banks, through the rule engine; lines of a bank's file held against what waits."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate, size_name, spend
from defusedxml import ElementTree as Safe

from tallystick import finance
from tallystick.app.access import Reading
from tallystick.app.bank_files.camt import read_notification
from tallystick.app.bank_files.matching import matched
from tallystick.app.bank_files.waiting import waiting
from tallystick.app.bootstrap import rule_set
from tallystick.ledger import (
    Act,
    Body,
    Change,
    InvariantError,
    LogReader,
    MemoryState,
    Reader,
    Signer,
    Store,
    canonical,
)
from tallystick.ledger.store import TreeState

core, seller = "99.100/O-CORE", "99.100/O-SELLER"
banks = tuple(f"99.100/O-BANK{n:02d}" for n in range(20))
face, rate_ppm = 100_000_000, 42_000
begins, opens, value_on, due_on = (
    "2026-01-12T02:00:00.000Z", "2026-01-14T02:00:00.000Z", "2026-01-20", "2026-07-10",
)  # fmt: skip
#: Certificates of the row that runs in full.
tendered = (100, 1_000, 10_000)
loaded_at_once = 20_000
_space = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def rows(bench: Bench) -> Iterator[Result]:
    yield _quotes(bench)


def bid_rows(bench: Bench) -> Iterator[Result]:
    yield _bids(bench)


def evidence_rows(bench: Bench) -> Iterator[Result]:
    yield _evidence(bench)


class Market:
    """A core whose certificates a seller holds, and banks; what is said is judged and applied in memory."""

    def __init__(self, certificates: int) -> None:
        self.rules, self.state, self.index, self.time = rule_set(), MemoryState(), 0, begins
        for handle, kind in (
            (core, "core"),
            (seller, "supplier"),
            *((one, "bank") for one in banks),
        ):
            told = {"name": {"en": handle}, "scheme": "none", "verified": True, "node": "99.100"}
            person = {"organisation": handle, "roles": ["maker"]}
            self.state.apply(
                [
                    Change("organisation", handle, {**told, "capacities": [kind]}),
                    Change("person", maker(handle), person),
                ]
            )
        self.names = [f"{core}#C-{n}" for n in range(certificates)]
        for name in self.names:
            self.state.apply(_certificate(name))
        self.state.apply(
            [Change("limit", f"core {core}", {"used": certificates * face, "reserved": 0}, "CNY")]
        )

    def say(self, kind: str, author: str, body: Body) -> str:
        """The payload hash; raises what the rule refuses."""
        name = hashlib.sha256(f"{self.index} {author}".encode()).hexdigest()
        signer = Signer(f"300:{author}", author, "self", "a key")
        act: Act[Any] = Act(
            index=self.index, type=kind, author=author, id=name, payload_hash=name, time=self.time,
            body=body, signers=(signer,),
        )  # fmt: skip
        self.state.apply(self.rules.judge(self.state, act))
        self.index += 1
        return name


def maker(organisation: str) -> str:
    return organisation.replace("/O-", "/P-M", 1)


def _certificate(name: str) -> list[Change]:
    head = {
        "issuer": core, "holder": seller, "paying_bank": banks[0], "currency": "CNY", "face": face,
        "due_on": due_on, "zone": "Asia/Shanghai", "roll": "none", "paid": 0, "accepted": 0,
        "status": "live", "index": 0, "time": begins,
    }  # fmt: skip
    lot = {
        "start": 0, "end": face, "holder": seller, "state": "free", "batch": "", "lock": "",
        "recourse": "", "cover": "",
    }  # fmt: skip
    parties = [Change("certificate-party", name, {"since": 0}, one) for one in (core, seller)]
    return [
        Change("certificate", name, head),
        Change("holding", name, lot, f"{0:016d}"),
        Change("split-budget", name, {"left": 500}, seller),
        *parties,
    ]


def _quotes(bench: Bench) -> Row:
    """A bank quotes for one certificate after another: figures recomputed, its limits asked, the end put on the list."""
    growth: dict[str, float] = {}
    bare: list[float] = []
    for size in bench.scale.sizes:
        market = Market(size)
        bodies = [_quote(name) for name in market.names]
        with closing(sqlite3.connect(":memory:")) as plain:
            plain.execute("CREATE TABLE quote (certificate TEXT, discount INTEGER, net INTEGER)")
            spent = in_turn(
                1,
                ours=partial(_quoted, market, bodies),
                bare=partial(_inserted, plain, market.names),
            )
        growth[size_name(size)] = median_rate(spent["ours"])
        bare.append(median_rate(spent["bare"]))
    return Row(
        "quotes judged by the rules, in memory",
        growth[size_name(bench.scale.sizes[-1])],
        bare[-1],
        "quotes/s",
        "the discount by the same formula and one row in SQLite in memory, in one transaction",
        growth,
    )


def _quote(name: str) -> finance.Quote:
    figures = finance.discounted(finance.DiscountTerms(face, rate_ppm, value_on, due_on))
    return finance.Quote(
        certificate=name, holder=seller, currency="CNY", amount=face, rate_ppm=rate_ppm, value_on=value_on,
        due_on=due_on, days=figures.days, discount=figures.discount, net=figures.net,
    )  # fmt: skip


def _quoted(market: Market, bodies: Sequence[finance.Quote]) -> int:
    for number, body in enumerate(bodies):
        market.say("finance.quote/1", maker(banks[number % len(banks)]), body)
    return len(bodies)


def _inserted(plain: sqlite3.Connection, names: Sequence[str]) -> int:
    with plain:
        for name in names:
            found = finance.discounted(finance.DiscountTerms(face, rate_ppm, value_on, due_on))
            plain.execute("INSERT INTO quote VALUES (?, ?, ?)", (name, found.discount, found.net))
    return len(names)


def _bids(bench: Bench) -> Row:
    """20 banks seal a bid for each certificate, and open it when the time for sealing is over; each is judged."""
    sizes = tendered if len(bench.scale.sizes) > 1 else (bench.scale.few,)
    growth: dict[str, float] = {}
    bare: list[float] = []
    took: dict[str, float | str] = {}
    for size in sizes:
        market = Market(size)
        spent = spend(partial(_bid, market))
        growth[f"{size_name(size)} certificates"] = spent.rate
        took[f"seconds for {size_name(size)} certificates"] = round(spent.wall_s, 1)
        with closing(sqlite3.connect(":memory:")) as plain:
            plain.execute("CREATE TABLE bid (tender TEXT, bank TEXT, digest TEXT, rate INTEGER)")
            plain.execute("CREATE UNIQUE INDEX one ON bid (tender, bank)")
            bare.append(spend(partial(_put_and_opened, plain, market.names)).rate)
    return Row(
        f"bids of {len(banks)} banks, sealed and opened through the rules, in memory",
        list(growth.values())[-1],
        bare[-1],
        "bids/s",
        "two digests, one row written and changed by its key in SQLite in memory, in one transaction",
        growth,
        took,
    )


def _bid(market: Market) -> int:
    tenders = [_tender(market, name) for name in market.names]
    market.time = begins
    for number, tender in enumerate(tenders):
        for bank in banks:
            sealed = finance.commitment(tender, bank, _rate(number, bank), _salt(bank))
            body = finance.BidSeal(tender=tender, commitment=sealed)
            market.say("finance.bid.seal/1", maker(bank), body)
    market.time = opens
    for number, tender in enumerate(tenders):
        for bank in banks:
            market.say("finance.bid.open/1", maker(bank), _opened(tender, number, bank))
    for bank in banks:
        card: Any = market.state.get("funder-card", bank)
        if (card["sealed"], card["opened"]) != (len(tenders), len(tenders)):
            raise InvariantError(f"{bank}: {card}")
    return len(tenders) * len(banks)


def _tender(market: Market, name: str) -> str:
    body = finance.TenderOpen(
        certificate=name, amount=face, funders=banks, seal_hours=48, open_hours=24, accept_hours=24,
        value_on=value_on,
    )  # fmt: skip
    return market.say("finance.tender.open/1", maker(seller), body)


def _opened(tender: str, number: int, bank: str) -> finance.BidOpen:
    rate = _rate(number, bank)
    found = finance.discounted(finance.DiscountTerms(face, rate, value_on, due_on))
    return finance.BidOpen(
        tender=tender, rate_ppm=rate, salt=_salt(bank), due_on=due_on, days=found.days,
        discount=found.discount, net=found.net,
    )  # fmt: skip


def _rate(number: int, bank: str) -> int:
    return 30_000 + (number * 7 + int(bank[-2:]) * 13) % 20_000


def _salt(bank: str) -> str:
    return hashlib.sha256(bank.encode()).hexdigest()


def _put_and_opened(plain: sqlite3.Connection, names: Sequence[str]) -> int:
    change = "UPDATE bid SET rate = ? WHERE tender = ? AND bank = ? AND digest = ?"
    with plain:
        for number, name in enumerate(names):
            for bank in banks:
                told = f"{name} {bank} {_rate(number, bank)} {_salt(bank)}".encode()
                digest = hashlib.sha256(told).hexdigest()
                plain.execute("INSERT INTO bid VALUES (?, ?, ?, NULL)", (name, bank, digest))
                again = hashlib.sha256(told).hexdigest()
                plain.execute(change, (_rate(number, bank), name, bank, again))
    return len(names) * len(banks)


def _evidence(bench: Bench) -> Row:
    """A bank's file with a debit for each financing whose payment has left: read, matched, each line proposed."""
    growth: dict[str, float] = {}
    bare: list[float] = []
    for size in bench.scale.sizes:
        data = _notified(size)
        with bench.sqlite() as url:
            store = Store(url)
            store.migrate()
            _load(store, size)
            reader = LogReader(store, rule_set())
            spent = in_turn(
                1, ours=partial(_matched, reader, data, size), bare=partial(_looked_up, data, size)
            )
            store.close()
        growth[size_name(size)] = median_rate(spent["ours"])
        bare.append(median_rate(spent["bare"]))
    return Row(
        "lines of a bank's file (camt.054) matched to what waits",
        growth[size_name(bench.scale.sizes[-1])],
        bare[-1],
        "lines/s",
        "the same file parsed by the XML library into a tree, and each reference looked up in a dict",
        growth,
    )


def _matched(reader: LogReader, data: bytes, size: int) -> int:
    notification = read_notification(data)
    with reader.open() as snapshot:
        reading = Reading(snapshot, Reader.party(banks[0]))
        found = matched(notification, waiting(reading, banks[0]))
    if len(found.proposals) != size:
        raise InvariantError(f"{found.counts} of {size}")
    return size


def _looked_up(data: bytes, size: int) -> int:
    amounts = {_reference(number): f"{face // 100}.00" for number in range(size)}
    root: Element = Safe.fromstring(data, forbid_dtd=True)
    found = 0
    for entry in root.iter(f"{{{_space}}}Ntry"):
        reference = entry.findtext(f".//{{{_space}}}EndToEndId", "")
        found += amounts.get(reference) == entry.findtext(f"{{{_space}}}Amt")
    if found != size:
        raise InvariantError(f"{found} of {size} lines were found")
    return size


def _notified(size: int) -> bytes:
    entries = "".join(
        f'<Ntry><Amt Ccy="CNY">{face // 100}.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{value_on}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{_reference(number)}"
        "</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>\n"
        for number in range(size)
    )
    return (
        f'<Document xmlns="{_space}"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M</MsgId></GrpHdr><Ntfctn>'
        f"<Id>N</Id><Acct><Id><Othr><Id>62220000001111</Id></Othr></Id></Acct>{entries}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def _reference(number: int) -> str:
    return f"E2E-{number:012d}"


def _load(store: Store, size: int) -> None:
    """Quotes whose payment has left; all on certificates of one core."""
    for low in range(0, size, loaded_at_once):
        numbers = range(low, min(low + loaded_at_once, size))
        with store.write() as transaction:
            transaction.fill("document", [one for n in numbers for one in _documents(n)])
            found = [("quote-of", banks[0], f"{n:064x}", "") for n in numbers]
            transaction.fill("lookup", found)
    with store.write() as transaction:
        tree = TreeState(0, bytes(32), b"", bytes(32), 0, begins)
        transaction.set_tree(None, tree)


def _documents(number: int) -> Iterator[tuple[str, str, str, str]]:
    name = f"{core}#C-{number}"
    quote = {
        "bank": banks[0], "holder": seller, "certificate": name, "amount": face, "net": face,
        "status": "paying", "reference": _reference(number), "sent_at": f"{value_on}T02:00:00.000Z",
    }  # fmt: skip
    head = {
        "issuer": core, "paying_bank": banks[1], "currency": "CNY", "zone": "Asia/Shanghai",
        "due_on": due_on,
    }  # fmt: skip
    yield "certificate", name, "", canonical.encode(head).decode()
    yield "quote", f"{number:064x}", "", canonical.encode(quote).decode()
