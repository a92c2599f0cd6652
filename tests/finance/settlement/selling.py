"""Rules for selling to a bank, being paid early by the debtor, and insuring what a bank holds."""

from __future__ import annotations

from datetime import date
from typing import cast

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.settlement.before_due import BeforeDue, least_part, slips
from tests.finance.settlement.papers import Deal, Paper, day_of, hours_after, later
from tests.finance.settlement.strips import half_up
from tests.finance.settlement.teller import firms, insured_limit, other_limit

disburse_days, search_days = 3, 7
#: Which rates a year, in millionths; of the last the discount takes more than there is.
rates = [0, 42_000, 43_500, 200_000, 1_000_000]


class Selling(BeforeDue):
    @initialize(
        data=st.data(), face=st.integers(60_000, 500_000), days=st.sampled_from([6, 20, 60])
    )
    def first(self, data: st.DataObject, face: int, days: int) -> None:
        """One paper, of which some may be sold already, with recourse, or insured."""
        self.issue(face, days)
        (paper,) = self.book.papers.values()
        sold, by = (
            data.draw(st.integers(0, 3)),
            data.draw(st.sampled_from([bank, other_bank, core])),
        )
        if sold:
            recourse = "none" if by == core or sold == 1 else "seller"
            discount = half_up(face // 2 * 42_000 * days, 360 * 10**6)
            until = hours_after(self.desk.time, 24)
            deal = Deal(
                "",
                paper,
                supplier,
                by,
                face // 2,
                discount,
                self.book.today,
                recourse,
                until,
                by == core,
            )
            self.lay(deal, 42_000)
            self.take_quote(deal)
            self.send(deal)
            if sold > 1:
                self.pay_out(deal, supplier)
            if sold > 1 and by == bank:
                self.insure(data, paper)

    # Sold to a bank, or paid early by the debtor

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(
        data=st.data(),
        by=st.sampled_from([bank, bank, other_bank, core]),
        rate=st.sampled_from(rates),
        recourse=st.sampled_from(["none", "seller"]),
        slip=slips,
    )
    def quote(self, data: st.DataObject, by: str, rate: int, recourse: str, slip: int) -> None:
        """Figures are worked out here, to the cent; a bank that is wrong by one of them is refused (I18)."""
        paper = self.paper(data, lambda p: p.status == "live")
        holder, early = self.holder(data, paper, financed=False), by == core
        amount = self.share(
            data, sum(run.size for run in self.book.sellable(paper, holder)) or least_part
        )
        value_on = later(self.book.today, data.draw(st.sampled_from([0, 0, 1])))
        days = (paper.due - value_on).days
        if days < 0:
            return
        discount = half_up(amount * rate * max(0, days), 360 * 10**6)
        until = hours_after(self.desk.time, 24)
        recourse = "none" if early else recourse
        told = Deal("", paper, holder, by, amount, discount, value_on, recourse, until, early)
        why = {"quote-wrong"} if days <= disburse_days or discount >= amount else set[str]()
        changed = dict[str, int]()
        if slip == 0:
            why, changed = {"quote-wrong"}, {"discount": discount + 1, "net": amount - discount + 1}
        if not self.lay(told, rate, *why, **changed):
            return
        if data.draw(st.integers(0, 5)):
            self.take_quote(told)
        if told.status == "accepted" and value_on == self.book.today and slip > 3:
            self.send(told)
            if slip > 4:
                self.pay_out(told, holder if slip > 5 else bank if early else by)
            if slip > 6 and by == bank:
                self.insure(data, paper)

    def lay(self, deal: Deal, rate: int, *why: str, **changed: int) -> bool:
        deal.name = self.attempt("quote", lambda: self.desk.quoted(deal, rate, **changed), *why)
        if deal.name:
            self.book.deals[deal.name] = deal
        return bool(deal.name)

    def take_quote(self, deal: Deal) -> None:
        book, paper = self.book, deal.paper
        why = self.cannot_take(deal)
        if not deal.early:
            asked = (paper.name, deal.holder, deal.bank)
            since = book.today - book.searched.get(asked, date.min)
            if since.days > search_days and not why:
                self.attempt(
                    "accept", lambda: self.desk.accepted(deal.name, deal.holder), "search-missing"
                )
            self.desk.search(paper.name, deal.holder, deal.bank)
            book.searched[asked] = book.today
        if self.attempt(
            "accept", lambda: self.desk.accepted(deal.name, deal.holder), *why, cuts=True
        ):
            book.take(deal)
            deal.until = f"{later(deal.value_on, 1 + disburse_days)}T00:00:00.000Z"

    def cannot_take(self, deal: Deal) -> set[str]:
        paper, book = deal.paper, self.book
        if not paper.holding(deal.holder) and deal.holder != supplier:
            return {
                "certificate-unknown",
                "already-financed",
                "not-enough-free",
                "ended",
                "not-available",
            } | self.cannot_move(paper)
        if deal.status != "open":
            return {"ended"}
        if why := self.cannot_move(paper):
            return why
        if book.today > deal.value_on or (paper.due - deal.value_on).days <= disburse_days:
            return {"ended"}
        if deal.bank == other_bank:
            limits = book.limits(core)
            used = (
                limits[f"funder {other_bank}", "used"] + limits[f"funder {other_bank}", "reserved"]
            )
            if used + deal.amount > other_limit:
                return {"not-available"}
        runs = book.sellable(paper, deal.holder)
        why = self.not_enough(runs, deal.amount)
        return {"not-enough-free", "already-financed"} if "not-enough-free" in why else why

    @precondition(lambda self: self.book.deals)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        self.take_quote(self.deal(data, "open"))

    def deal(self, data: st.DataObject, *statuses: str) -> Deal:
        """One in such a status if there is any, and sometimes any."""
        deals = list(self.book.deals.values())
        found = [deal for deal in deals if deal.status in statuses]
        if not found or not data.draw(st.integers(0, 7)):
            found = deals[-4:]
        return cast(Deal, self.one_of(data, found))

    @precondition(
        lambda self: any(d.status in ("accepted", "returned") for d in self.book.deals.values())
    )
    @rule(data=st.data(), slip=slips)
    def instruct(self, data: st.DataObject, slip: int) -> None:
        deal = self.deal(data, "accepted", "returned")
        sent_on = self.book.today if deal.status == "returned" else deal.value_on
        sent_at = max(self.desk.time, f"{sent_on}T02:00:00.000Z")
        if deal.status != "returned":
            sent_at = min(sent_at, f"{sent_on}T15:00:00.000Z")
        why = set[str]()
        if deal.status not in ("accepted", "returned"):
            why = {"ended"}
        elif not deal.paper.open:
            why = {"wrong-status"}
        elif sent_on > self.book.today:
            why = {"evidence-wrong"}
        ends = later(deal.paper.due, -1 if slip == 0 and not deal.early else 30)
        if slip == 0 and not deal.early:
            why = why | {"registration-wrong"}
        number = f"ZDW-{self.desk.index}"
        if self.attempt("instruct", lambda: self.desk.sent(deal, sent_at, number, ends), *why):
            self.book.send(deal, sent_on, number)
            deal.ends = ends

    def send(self, deal: Deal) -> None:
        number, ends = f"ZDW-{self.desk.index}", later(deal.paper.due, 30)
        self.attempt("instruct", lambda: self.desk.sent(deal, self.desk.time, number, ends))
        self.book.send(deal, self.book.today, number)
        deal.ends = ends

    @staticmethod
    def keeper(deal: Deal) -> str:
        """The bank that keeps the holder's account, as it has said itself."""
        return other_bank if deal.holder == firms[1] else ""

    def pay_out(self, deal: Deal, by: str) -> None:
        self.attempt(
            "disburse", lambda: self.desk.disbursed(deal.name, deal.net, self.desk.time, by)
        )
        self.book.finance(deal, self.book.today, by in (deal.holder, self.keeper(deal)))
        self.lots_share_the_discount(deal)

    @precondition(lambda self: any(d.status == "paying" for d in self.book.deals.values()))
    @rule(data=st.data(), who=st.sampled_from(["payer", "payee", "keeper", "stranger"]), slip=slips)
    def disburse(self, data: st.DataObject, who: str, slip: int) -> None:
        deal = self.deal(data, "paying")
        payer = bank if deal.early else deal.bank
        keeps = self.keeper(deal)
        by = {"payer": payer, "payee": deal.holder, "keeper": keeps or deal.holder}.get(
            who, firms[0]
        )
        why = set[str]()
        if deal.early and slip == 1:
            by = core
        if by not in (payer, deal.holder, keeps):
            why = {"no-evidence", "quote-unknown"}
        if deal.status != "paying":
            why = (
                {"payment-not-closable", "quote-unknown"}
                if by == keeps
                else {"payment-not-closable", *why}
            )
        amount, evidence = deal.net, None
        if slip == 2:
            amount, why = deal.net + data.draw(st.sampled_from([-1, 1])), why | {"evidence-wrong"}
        if slip == 3 and self.used and by == payer == bank:
            evidence, why = self.used[-1], why | {"evidence-used"}
        if not amount:
            return
        paid_at = self.desk.time
        fresh = evidence or self.desk.evidence()
        made = self.attempt(
            "disburse", lambda: self.desk.disbursed(deal.name, amount, paid_at, by, fresh), *why
        )
        if made:
            self.book.finance(deal, day_of(paid_at), by in (deal.holder, keeps))
            if by == bank:
                self.used.append(fresh)
            self.lots_share_the_discount(deal)

    def lots_share_the_discount(self, deal: Deal) -> None:
        """I19: once on the batch, then by largest remainder."""
        lots = self.desk.row("financing", deal.paper.name, deal.name)["lots"]
        assert sum(lot["discount"] for lot in lots) == deal.discount
        for lot in lots:
            exact = deal.discount * (lot["end"] - lot["start"]) // deal.amount
            assert exact <= lot["discount"] <= exact + 1

    @precondition(
        lambda self: any(
            d.status in ("paying", "financed", "returned") for d in self.book.deals.values()
        )
    )
    @rule(data=st.data(), what=st.sampled_from(["receive", "return", "fail", "return"]), slip=slips)
    def end_payment(self, data: st.DataObject, what: str, slip: int) -> None:
        """Received, come back within its days or behind them, or not paid at all."""
        statuses = {
            "receive": ("financed",),
            "return": ("financed",),
            "fail": ("paying", "returned"),
        }
        deal = self.deal(data, *statuses[what])
        payer = bank if deal.early else deal.bank
        keeps = self.keeper(deal)
        why = set[str]()
        if deal.status not in statuses[what] or (what != "fail" and deal.final):
            why = {"payment-not-closable"}
        by = deal.holder if what == "receive" else payer
        if keeps and slip == 1 and what != "fail":
            by = keeps
            # Of a quote that nobody accepted it keeps nothing.
            why |= {"quote-unknown"} if why else set()
        if slip == 0:
            by, why = (
                firms[0] if deal.holder != firms[0] else firms[1],
                why | {"no-evidence", "quote-unknown"},
            )
        if what == "receive":
            if self.attempt(what, lambda: self.desk.got(deal.name, by), *why):
                self.book.finish(deal)
            return
        if not self.attempt(what, lambda: self.desk.end(what, deal.name, by), *why):
            return
        if what == "fail":
            self.book.fail(deal)
        else:
            self.book.give_back(deal)

    @precondition(lambda self: any(d.status == "financed" for d in self.book.deals.values()))
    @rule(data=st.data(), cancel=st.booleans(), slip=slips)
    def registration(self, data: st.DataObject, cancel: bool, slip: int) -> None:
        deal = self.deal(data, "financed")
        number = deal.number if slip else "ZDW-OTHER"
        why = set[str]()
        if deal.status != "financed":
            why = {"ended"}
        elif (
            deal.early
            or deal.cancelled
            or (
                cancel
                and (
                    not slip
                    or deal.paper.strip.size(lambda u: u.batch == deal.name and u.state != "paid")
                )
            )
        ):
            why = {"registration-wrong"}
        if cancel:
            if self.attempt(
                "cancelled", lambda: self.desk.cancelled(deal.name, number, deal.bank), *why
            ):
                deal.cancelled = True
            return
        ends = later(deal.ends, 1 if slip else 0)
        why = why or (set() if slip else {"registration-wrong"})
        fresh = f"ZDW-{self.desk.index}"
        if self.attempt(
            "renewed", lambda: self.desk.renewed(deal.name, fresh, ends, deal.bank), *why
        ):
            deal.number, deal.ends = fresh, ends

    # Insured

    @precondition(
        lambda self: any(p.status == "live" and p.holding(bank) for p in self.book.papers.values())
    )
    @rule(data=st.data())
    def declare(self, data: st.DataObject) -> None:
        self.insure(data, self.paper(data, lambda p: p.status == "live" and p.holding(bank) > 0))

    def insure(self, data: st.DataObject, paper: Paper) -> None:
        runs = [run for run in paper.strip.free(bank) if not run.unit.cover]
        amount = self.share(data, sum(run.size for run in runs) or least_part)
        insured = sum(
            p.strip.size(lambda u: u.cover != "" and u.holder == bank and u.state != "paid")
            for p in self.book.papers.values()
        )
        why = self.cannot_move(paper) or self.not_enough(runs, amount)
        if self.book.overdue:
            why = why | {"issuer-stopped"}
        if insured + amount > insured_limit:
            why = why | {"debtor-limit-reached"}
        if self.book.today > date(2026, 12, 31):
            why = {"cover-not-in-force"}
        cover = self.desk.insured_by
        if self.attempt(
            "declare", lambda: self.desk.declare(cover, paper.name, amount), *why, cuts=True
        ):
            self.book.insure(paper, amount, cover)
