"""Clients that ask at the same moment, over HTTP and on both databases: what is left is given once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.app.limits.bourse import Bourse, banks, checker, face, limited, maker
from tests.app.matching.office import seller
from tests.ledger.world import core, node, supplier
from tests.patience import patience_s

from tallystick.ledger import Submission

bank = banks[0]
million, small = 100_000_000, 1_000_000
races, crowd, room = 3, 64, 10


def test_of_two_clients_for_the_last_million_one_gets_it(place: Bourse) -> None:
    names = [place.certificate(f"R{number}") for number in range(races)]
    for number, name in enumerate(names):
        place.limit("funder", (number + 1) * million, bank, after=number)
        asked = [place.taking(place.quote(name, bank, million)) for _ in range(2)]
        assert _at_once(place, asked) == {"accepted": 1, "not-available": 1}
        taken = (number + 1) * million
        assert place.limits(bank)[f"funder {bank}"] == (taken, 0, taken)
    place.audit()


def test_of_64_clients_as_many_pass_as_there_is_room_for(place: Bourse) -> None:
    name = place.certificate("C")
    place.limit("supplier", room * small, bank, subject=supplier)
    asked = [place.taking(place.quote(name, bank, small)) for _ in range(crowd)]
    assert _at_once(place, asked) == {"accepted": room, "not-available": crowd - room}
    assert place.limits(bank)[f"supplier {bank} {supplier}"] == (room * small, 0, room * small)
    place.audit()


def test_a_bank_hears_why_and_nobody_else_does(place: Bourse) -> None:
    """And a core's limit holds for whoever confirms; both sides of it are read by their owners."""
    place.limit("core", face, node, subject=core)
    place.limit("group", face, node, group="STEEL", members=(core,))
    name = place.certificate("P")
    order = place.order("PO-MORE")
    place.deliver("DA-MORE", order, 1000)
    more = place.proposed(place.bill("INV-MORE", order, 1000), 1)
    who = "99.100/P-MAKER00000000"
    assert place.refused(who, "finance.confirm.propose/1", more) == "core-limit-reached"
    place.limit("core", face + 1, node, subject=core, after=1)
    assert place.refused(who, "finance.confirm.propose/1", more) == "group-limit-reached"
    place.limit("funder", 5, bank)
    quote = place.quoted(name, bank, small)
    row = _problem(place, place.site.world.write(maker(bank), "finance.quote/1", quote))
    assert row["code"] == "funder-limit-reached"
    assert "0 of 5 CNY" in row["detail"]
    unsaid = quote.model_copy(update={"currency": None})
    refused = _problem(place, place.taking(place.say(maker(bank), "finance.quote/1", unsaid)))
    assert refused["code"] == "not-available"
    assert "5" not in refused["detail"].replace(refused["detail"].split()[0], "")
    below = limited("core", face - 1, subject=core, after=2)
    assert place.refused(maker(node), "finance.limit.propose/1", below) == "limit-below-use"
    rows = place.get(maker(node), "/finance/v1/limits")["limits"]
    told = {row["name"]: (row["amount"], row["used"], row["free"]) for row in rows}
    assert told == {
        f"core {core}": (face + 1, face, 1),
        f"group {node}#STEEL": (face, face, 0),
    }
    proposal = place.say(maker(bank), "finance.limit.propose/1", limited("funder", 7, after=1))
    waiting = place.get(checker(bank), "/finance/v1/limits/proposals")["proposals"]
    assert list(waiting) == [proposal]
    answer = place.ask(seller, "/finance/v1/limits/proposals", organisation=bank)
    assert answer.status_code == 404


def _problem(place: Bourse, submission: Submission) -> dict[str, str]:
    (row,) = place.posted(submission)
    return dict(row.get("problem", row))


def _at_once(place: Bourse, asked: Sequence[Submission]) -> Counter[str]:
    """One client for each, all of them at the same moment."""
    start = threading.Barrier(len(asked))

    def send(one: Submission) -> str:
        start.wait(patience_s)
        return place.answer(one)

    with ThreadPoolExecutor(len(asked)) as pool:
        return Counter(pool.map(send, asked))
