"""Before the bidding deadline nothing of the node has a rate, searched byte by byte; behind it everybody reads it.

Tables, files (database, write-ahead log, published tiles), backup, bodies, what the program says, what waits for
webhooks, and each answer of each route that can be asked of a tender: to its holder, to the bidders, to strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import inspect, text
from tests.app.limits.bourse import Bourse, banks, maker
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.ledger.world import supplier

from tallystick import finance
from tallystick.app.webhooks.hooks import Hook, KeptSecret, Told, Wish
from tallystick.app.webhooks.rounds import Rounds
from tallystick.ledger import auditor_reader, backup, instant

rate_ppm, rate = 61_803, "6.1803"
salts = {banks[0]: "5a" * 32, banks[1]: "c3" * 32}
rates = {banks[0]: rate_ppm, banks[1]: 73_291}
asked = 15_000_000
value_on = "2026-01-12"
#: Who asks each route: the holder, a rival that bid as well, and nobody.
readers = (seller, maker(banks[1]), "")
#: And these what there is of a tender: the bidder itself, the debtor, a bank that was not asked.
others = (maker(banks[0]), core_maker, maker(banks[3]))
paths_least = 60


def test_before_the_deadline_nothing_of_the_node_has_a_rate(
    place: Bourse, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = place.certificate("S")
    opened = finance.TenderOpen(
        certificate=name, amount=asked, funders=banks[:3], value_on=value_on, seal_hours=24, open_hours=48,
        accept_hours=24,
    )  # fmt: skip
    tender = place.say(seller, "finance.tender.open/1", opened)
    _hooked(place)
    sealed = {}
    for funder, ppm in rates.items():
        sealed[funder] = finance.commitment(tender, funder, ppm, salts[funder])
        body = finance.BidSeal(tender=tender, commitment=sealed[funder])
        place.say(maker(funder), "finance.bid.seal/1", body)
    # One bank is too early: what it sent is refused, and kept nowhere.
    early = _bid(place, tender, name, banks[0])
    assert place.refused(maker(banks[0]), "finance.bid.open/1", early) == "bid-too-early"
    secrets = [rate, str(early.discount), str(early.net)]
    for funder, ppm in rates.items():
        figures = place.quoted(name, funder, asked, ppm)
        secrets += [str(ppm), str(figures.discount), str(figures.net), salts[funder]]

    found = b""
    for what, data in _everything(place, tender, name, tmp_path / "before", capfd):
        found += data
        for secret in secrets:
            assert not _stands(secret, data), (what, secret)
    for commitment in sealed.values():
        assert commitment.encode() in found
    assert str(asked).encode() in found

    # Behind the deadline they are opened, and the same search finds them.
    place.wait(2)
    for funder in rates:
        place.search(name, funder)
        place.say(maker(funder), "finance.bid.open/1", _bid(place, tender, name, funder))
    for found_in in (_tables(place), _answers(place, tender, name, whole=False)):
        after = b"".join(data for _, data in found_in)
        assert all(_stands(str(ppm), after) for ppm in rates.values())
    place.audit()


def _stands(secret: str, data: bytes) -> bool:
    """As a word of its own: a digit more or less before and behind it is another number."""
    pattern = rb"(?<![0-9a-f])" + re.escape(secret.encode()) + rb"(?![0-9a-f])"
    return re.search(pattern, data) is not None


def _bid(place: Bourse, tender: str, name: str, funder: str) -> finance.BidOpen:
    quoted = place.quoted(name, funder, asked, rates[funder])
    return finance.BidOpen(
        tender=tender, rate_ppm=rates[funder], salt=salts[funder], due_on=quoted.due_on,
        days=quoted.days, discount=quoted.discount, net=quoted.net,
    )  # fmt: skip


def _hooked(place: Bourse) -> None:
    """The holder wants to be told of everything, with bodies."""
    node, now_ms = place.site.node, place.site.world.clock.now_ms()
    first = KeptSecret(number=0, seed="seed", since_ms=now_ms)
    wish = Wish(address="https://erp.example/hook", types=("*",), content="body")
    told = Told(wish=wish, by=seller, made=instant(now_ms), secrets=(first,))
    with node.reader.open() as snapshot:
        hook = Hook("wh_sealed", supplier, "active", snapshot.size(), None, told)
    with node.store.write() as transaction:
        transaction.webhooks.make(hook.row())


def _everything(
    place: Bourse, tender: str, name: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[tuple[str, bytes]]:
    """What there is, and where it was found; each must be there."""
    node = place.site.node
    assert Rounds(node, place.site.world.clock).plan() > 0
    yield from _tables(place)
    backup.write_backup(
        node.store, node.rules, folder, place.site.world.memory, place.now(), _quietly
    )
    files = [file for file in folder.rglob("*") if file.is_file()]
    files += [file for file in node.settings.folder.parent.rglob("*") if file.is_file()]
    if node.settings.database_url.startswith("sqlite"):
        database = Path(node.settings.database_url.removeprefix("sqlite:///"))
        files += list(database.parent.glob(f"{database.name}*"))
        assert any(file.name.endswith("-wal") for file in files)
    assert len(files) > 3
    for file in files:
        yield str(file), file.read_bytes()
    with node.reader.open() as snapshot:
        for index in range(snapshot.size()):
            for one in snapshot.disclosed(index, index + 1, auditor_reader):
                yield f"entry {index}", repr(one).encode()
    answers = list(_answers(place, tender, name, whole=True))
    assert len(answers) >= paths_least * len(readers)
    yield from answers
    told = capfd.readouterr()
    yield "what the program says", (told.out + told.err).encode()


@contextmanager
def _quietly(_what: str) -> Iterator[Any]:
    yield lambda *_: None


def _tables(place: Bourse) -> Iterator[tuple[str, bytes]]:
    engine = place.site.node.store.engine
    names = inspect(engine).get_table_names()
    assert len(names) > 10
    with engine.connect() as connection:
        for table in names:
            rows: Any = connection.execute(text(f'SELECT * FROM "{table}"'))
            for row in rows:
                for value in row:
                    told = (
                        bytes(value)
                        if isinstance(value, bytes | memoryview)
                        else str(value).encode()
                    )
                    yield f"table {table}", told


def _answers(place: Bourse, tender: str, name: str, *, whole: bool) -> Iterator[tuple[str, bytes]]:
    """Each route of the node that reads, as each of the readers; else those of the tender alone."""
    known = {"tender": tender, "name": name, "certificate": name, "organisation": banks[0]}
    routes: dict[str, Any] = place.http.get("/openapi.json").json()["paths"]

    def filled(found: re.Match[str]) -> str:
        return quote(known.get(found[1].partition(":")[0], tender), safe="")

    of_tender = [f"/tenders/{tender}", "/tenders", f"/certificates/{quote(name, safe='')}"]
    every = []
    for path, acts in sorted(routes.items()):
        if "get" in acts:
            found = re.sub(r"\{([^}]*)\}", filled, path)
            (of_tender if "tender" in path or "quote" in path else every).append(found)
    asks = [(path, person) for path in of_tender for person in (*readers, *others)]
    asks += [(path, person) for path in every for person in readers if whole]
    for path, person in asks:
        answer = place.ask(person, path, certificate=name)
        assert answer.status_code != 429, path
        yield f"{path} as {person}", answer.content + repr(answer.headers).encode()
