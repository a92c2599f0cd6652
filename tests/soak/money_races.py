"""Races for the same money: clients who take the last of a limit, state one payment, pay and send back, or recover, at once.

As `races`, on a real log with a clock that is set. Of each race what may happen once happens once, whoever comes
first; the others are refused by name. In the end books, limits and the equality of the day are checked.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.log import BenchLog, bench_log
from bench.pens import Pens, bank, checker, core, maker, started
from bench.trade import Trade, due_on, face, owner
from tests.soak import programme

from tallystick import finance
from tallystick.app.equality.keeping import made
from tallystick.finance.limits.recount import differences
from tallystick.ledger import Body, SetClock, Submission, payload_hash

funder = programme.funders[0]
value_on = "2026-03-05"
part = 1_000_000
#: On one certificate, before the next is taken.
races_each = 300
defaulted = "2026-08-12T03:00:00.000Z"
#: What is raced for, and how whoever comes too late is refused.
kinds = {
    "the last of a limit": "not-available", "one disbursement": "payment-not-closable", "a day by several": "nothing-due",
    "pay and send back": "payment-final", "recourse": "recourse-refused",
}  # fmt: skip


@dataclass
class Raced:
    """What a kind of race came to. `wrong`: races that did not have exactly one outcome."""

    races: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class MoneyRaces:
    """A log on which certificates were issued, sold with recourse, and come to their due date."""

    def __init__(self, log: BenchLog, clock: SetClock, clients: int) -> None:
        self.log, self.clock, self.clients = log, clock, clients
        self.trade = Trade(log)
        self.found: dict[str, Raced] = {}
        self._said = 0
        log.append(programme._registered(log.pens, []))

    def run(self, count: int) -> None:
        """So many races of each kind."""
        names = [self.trade.certificate() for _ in range(-(-count // races_each))]
        self.last_of_a_limit(names[0], count)
        for name in names:
            self.sold(name)
        self.one_disbursement(names, count)
        self._come_to(f"{due_on}T02:00:00.000Z")
        self.day_by_several(names, count)
        self.pay_and_send_back(names[0], count)
        self._come_to(defaulted)
        self.recourse(names, count)

    # The races

    def last_of_a_limit(self, name: str, count: int) -> None:
        """Each quote takes all that is left; the winner's payment fails, and the limit is free again."""
        programme._limit(self.log, funder, kind="funder", amount=part)
        self._say(maker(funder), "finance.search/1", self._search(name))
        for number in range(count):
            quotes = [self.quote(name, part) for _ in range(self.clients)]
            taken = [
                self.log.pens.write(
                    maker(owner), "finance.quote.accept/1", finance.QuoteAccept(quote=quote)
                )
                for quote in quotes
            ]
            for place in self.race("the last of a limit", number, taken):
                self.instruct(quotes[place])
                self.end(quotes[place])
        version = int(self._row("limit", f"funder {funder}", "CNY")["version"])
        end = finance.LimitPropose(kind="funder", amount=None, currency="CNY", after=version)
        proposal = self._say(maker(funder), "finance.limit.propose/1", end)
        body = finance.LimitApprove(proposal=proposal)
        self._say(checker(funder), "finance.limit.approve/1", body)

    def one_disbursement(self, names: Sequence[str], count: int) -> None:
        """The funder states its payment several times at once, and the payee with it: one of them counts."""
        for number in range(count):
            quote = self.quote(names[number // races_each], part)
            self._say(maker(owner), "finance.quote.accept/1", finance.QuoteAccept(quote=quote))
            self.instruct(quote)
            net = self._row("quote", quote)["net"]
            told = [
                self._write(
                    maker(by),
                    "finance.disburse/1",
                    finance.Disburse(
                        quote=quote, amount_minor=net, evidence=self._evidence(), paid_at=self.now
                    ),
                )
                for by in (funder, *[owner] * (self.clients - 1))
            ]
            self.race("one disbursement", number, told)

    def day_by_several(self, names: Sequence[str], count: int) -> None:
        """Clients pay the whole day at once; what was paid comes back, and is paid again."""
        whole = sum(self._outstanding(name) for name in names)
        for number in range(count):
            body = [
                finance.PayDue(
                    issuer=core, currency="CNY", pays_on=due_on, amount_minor=whole,
                    evidence=self._evidence(), paid_at=self.now,
                )
                for _ in range(self.clients)
            ]  # fmt: skip
            told = [self._write(maker(bank), "finance.pay.due/1", one) for one in body]
            self.race("a day by several", number, told)
            for name in names:
                for payee, row in self._open_payouts(name):
                    self._say(maker(bank), "finance.pay.return/1", self._back(name, payee, row))

    def pay_and_send_back(self, name: str, count: int) -> None:
        """One payment is sent back by several while others pay it again: it comes back once."""
        for number in range(count):
            paid = self._outstanding(name) // 3
            self._pay(name, paid)
            open_ones = self._open_payouts(name)
            payee, row = max(open_ones, key=lambda one: one[1]["amount"])
            back = [
                self._write(maker(bank), "finance.pay.return/1", self._back(name, payee, row))
                for _ in range(self.clients)
            ]
            again = self._write(maker(bank), "finance.pay/1", self._paid(name, paid))
            answers = self._at_once([*back, again])
            if not answers[-1].accepted:
                raise AssertionError(f"paying again: {answers[-1].problem}")
            self.judge("pay and send back", number, answers[:-1])
            for who, one in self._open_payouts(name):
                self._say(maker(bank), "finance.pay.return/1", self._back(name, who, one))

    def recourse(self, names: Sequence[str], count: int) -> None:
        """Each client states that more than half of what is left was recovered, until nothing is: one is right."""
        done = 0
        for name in names:
            body = finance.RecourseDemand(certificate=name, party=owner)
            demand = self._say(maker(funder), "finance.recourse.demand/1", body)
            while done < count:
                row = self._row("recourse", demand)
                left = row["amount"] - row["paid"]
                if left < 2:
                    break
                told = [
                    self._write(
                        maker(funder),
                        "finance.recourse.receive/1",
                        finance.RecourseReceived(
                            demand=demand, amount_minor=left // 2 + 1, evidence=self._evidence(),
                            paid_at=self.now,
                        ),
                    )
                    for _ in range(self.clients)
                ]  # fmt: skip
                self.race("recourse", done, told)
                done += 1

    # Acts

    def sold(self, name: str) -> str:
        """Half of it, with recourse, paid and received."""
        self._say(maker(funder), "finance.search/1", self._search(name))
        quote = self.quote(name, face // 2, recourse="seller")
        self._say(maker(owner), "finance.quote.accept/1", finance.QuoteAccept(quote=quote))
        self.instruct(quote)
        net = self._row("quote", quote)["net"]
        body = finance.Disburse(
            quote=quote, amount_minor=net, evidence=self._evidence(), paid_at=self.now
        )
        self._say(maker(owner), "finance.disburse/1", body)
        return quote

    def quote(self, name: str, amount: int, recourse: Any = "none") -> str:
        figures = finance.discounted(finance.DiscountTerms(amount, 42_000, value_on, due_on))
        self._said += 1
        body = finance.Quote(
            certificate=name, holder=owner, currency="CNY", amount=amount, rate_ppm=42_000, value_on=value_on,
            days=figures.days, discount=figures.discount, net=figures.net, due_on=due_on, recourse=recourse,
            valid_hours=24 + self._said % 100,
        )  # fmt: skip
        return self._say(maker(funder), "finance.quote/1", body)

    def instruct(self, quote: str) -> None:
        self._said += 1
        body = finance.Instruct(
            quote=quote, registration=finance.Registration(number=f"ZDW-{self._said}", ends_on="2028-12-31"),
            reference=f"E2E-{self._said}", sent_at=self.now,
        )  # fmt: skip
        self._say(maker(funder), "finance.instruct/1", body)

    def end(self, quote: str) -> None:
        body = finance.DisburseEnd(
            quote=quote, reason="other", evidence=self._evidence(), at=self.now
        )
        self._say(maker(funder), "finance.disburse.fail/1", body)

    def _search(self, name: str) -> Body:
        return finance.Search(
            certificate=name, holder=owner, number="CX-1", evidence=self._evidence(), searched_at=self.now
        )  # fmt: skip

    def _paid(self, name: str, amount: int) -> Body:
        return finance.Pay(
            certificate=name, amount_minor=amount, evidence=self._evidence(), paid_at=self.now
        )

    def _pay(self, name: str, amount: int) -> None:
        self._say(maker(bank), "finance.pay/1", self._paid(name, amount))

    def _back(self, name: str, payee: str, row: Any) -> Body:
        return finance.Returned(
            payment=finance.Payment(certificate=name, index=row["index"]), payee=payee,
            amount_minor=row["amount"], reason="other", evidence=self._evidence(), returned_at=self.now,
        )  # fmt: skip

    def _come_to(self, time: str) -> None:
        """And let blocks carry out what is due."""
        self.clock.set(time)
        for _ in range(3):
            self.log.ledger.seal(force=True)
            self.clock.advance(60_000)

    # Races and books

    def race(self, what: str, number: int, entries: Sequence[Submission]) -> list[int]:
        """All at once; the places of those that were accepted."""
        return self.judge(what, number, self._at_once(entries))

    def judge(self, what: str, number: int, answers: Sequence[Any]) -> list[int]:
        found = self.found.setdefault(what, Raced())
        found.races += 1
        winners = [place for place, answer in enumerate(answers) if answer.accepted]
        codes = Counter(answer.problem.code for answer in answers if not answer.accepted)
        found.refusals.update(codes)
        if len(winners) != 1 or codes.keys() - {kinds[what]}:
            found.wrong.append(f"{number}: {len(winners)} accepted, {dict(codes)}")
        return winners

    def _at_once(self, entries: Sequence[Submission]) -> list[Any]:
        start = threading.Barrier(len(entries))

        def sent(entry: Submission) -> Any:
            start.wait(60)
            (answer,) = self.log.ledger.append([entry])
            return answer

        with ThreadPoolExecutor(len(entries)) as pool:
            return list(pool.map(sent, entries))

    def check(self, names: Sequence[str] = ()) -> None:
        """Books, limits and the day's equality; raises `AssertionError`."""
        with self.log.reader.open() as snapshot:
            view = snapshot.view
            names = names or view.names("certificate")
            for name in names:
                head: Any = view.get("certificate", name)
                rows: list[Any] = list(view.group("holding", name).values())
                edges = [row["start"] for row in rows] + [head["face"]]
                if [0, *(row["end"] for row in rows)] != edges:
                    raise AssertionError(f"{name}: a gap or an overlap")
                paid = sum(row["end"] - row["start"] for row in rows if row["state"] == "paid")
                payouts: list[Any] = list(view.group("payout", name).values())
                stand = sum(row["amount"] for row in payouts if "returned" not in row)
                if not paid == stand == head["paid"]:
                    raise AssertionError(f"{name}: {paid} units paid, {stand} paid out")
            if found := list(differences(view)):
                raise AssertionError(f"limits: {found}")
            left = sum(one.unexplained for one in made(snapshot, self.now[:10]))
            if left:
                raise AssertionError(f"{left} minor units are not explained")

    @property
    def sound(self) -> bool:
        return all(not one.wrong for one in self.found.values())

    @property
    def now(self) -> str:
        block: Any = self._row("log", "block")
        return str(block["time"])

    def _row(self, kind: str, name: str, part: str = "") -> Any:
        with self.log.reader.open() as snapshot:
            return snapshot.view.get(kind, name, part)

    def _outstanding(self, name: str) -> int:
        head = self._row("certificate", name)
        return int(head["face"] - head["paid"])

    def _open_payouts(self, name: str) -> list[tuple[str, Any]]:
        with self.log.reader.open() as snapshot:
            rows: list[Any] = list(snapshot.view.group("payout", name).values())
        open_ones = [row for row in rows if "returned" not in row and "final" not in row]
        return [(row["holder"], row) for row in open_ones]

    def _write(self, author: str, entry_type: str, body: Body) -> Submission:
        return self.log.pens.write(author, entry_type, body)

    def _say(self, author: str, entry_type: str, body: Body) -> str:
        entry = self._write(author, entry_type, body)
        self.log.append([[entry]])
        return payload_hash(entry.envelope).hex()

    def _evidence(self) -> str:
        self._said += 1
        return programme.digest(f"record {self._said}")


@contextmanager
def racing(url: str, folder: Path, clients: int = 2) -> Iterator[MoneyRaces]:
    clock = SetClock(started)
    with bench_log(url, folder, Pens(1, {}, clock)) as log:
        yield MoneyRaces(log, clock, clients)
