"""Rules for what becomes of a payment that a bank, or the debtor that pays early, has promised."""

from __future__ import annotations

from typing import cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, core, other_bank
from tests.finance.settlement.authority import Authority
from tests.finance.settlement.before_due import slips
from tests.finance.settlement.papers import Deal, day_of, later
from tests.finance.settlement.strips import over
from tests.finance.settlement.teller import firms


class Disbursing(Authority):
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
        if deal.holder in self.book.listed:
            why = why | {"payment-held"}
        if deal.holder in self.book.closed:
            why = why | {"account-held"}
        ends = later(deal.paper.due, -1 if slip == 0 and not deal.early else 30)
        if slip == 0 and not deal.early:
            why = why | {"registration-wrong"}
        number = f"ZDW-{self.desk.index}"
        if self.attempt("instruct", lambda: self.desk.sent(deal, sent_at, number, ends), *why):
            self.book.send(deal, sent_on, number)
            deal.registered_to = ends

    def send(self, deal: Deal) -> None:
        number, ends = f"ZDW-{self.desk.index}", later(deal.paper.due, 30)
        self.attempt("instruct", lambda: self.desk.sent(deal, self.desk.time, number, ends))
        self.book.send(deal, self.book.today, number)
        deal.registered_to = ends

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
                    or deal.paper.strip.size(lambda u: u.batch == deal.name and u.state not in over)
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
        ends = later(deal.registered_to, 1 if slip else 0)
        why = why or (set() if slip else {"registration-wrong"})
        fresh = f"ZDW-{self.desk.index}"
        if self.attempt(
            "renewed", lambda: self.desk.renewed(deal.name, fresh, ends, deal.bank), *why
        ):
            deal.number, deal.registered_to = fresh, ends
