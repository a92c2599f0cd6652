"""What the demo's story has no need of, so that every route has a thing that it can show."""

from __future__ import annotations

from typing import Any

from tallystick import finance
from tallystick.app.demo import cast, days, goods, money, stated, worked
from tallystick.app.demo.stage import Stage
from tallystick.finance import policies
from tallystick.identity import AddDevice, CreateHandles, HandleRecord, HandleValue
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import Body, View, payload_hash

core, maker, bank = cast.core, cast.suppliers[0], cast.bank
service = core.device("ERP-1")
template = core.device("TEMPLATE-1")
#: A record with a value that is its owner's alone.
kept = HandleRecord(
    handle=core.device("KEPT-1"),
    values=(HandleValue(index=1, type="KEPT", data="4711-KEPT", permissions="1100"),),
)
invoice = f"{maker.handle}#INV-PLATES"
credit = f"{maker.handle}#CN-PLATES"
delivery = f"{core.handle}#GR-PLATES"
#: Of a statement that nobody proposed yet.
cut_off = "2026-07-10"
overdue_on = "2026-07-20"
promised_until = "2026-12-15"
due, over = "2026-07-19T16:00:00.000Z", "2026-07-20T16:00:00.000Z"
overdue = "2026-07-21T16:00:00.000Z"
_text = "ab" * 32
_fee = finance.Price(amount=worked.fee)
#: Of plates: one is taken back by the credit note.
_gross = worked.plates * worked.fee * 113 // 100


class More:
    """Names of what was added."""

    def __init__(self, stage: Stage, view: View) -> None:
        self.stage = stage
        self.insurer = insurer_of(view)
        self.policy = self._policy()
        self._template()
        stage.say(core.maker, "identity.handle.create/1", CreateHandles(handles=(kept,)))
        self._trade()
        self._hours()
        self.certificate = self._promised()
        self.tender = self._say(
            maker.maker,
            "finance.tender.open/1",
            finance.TenderOpen(
                certificate=self.certificate,
                amount=100_00,
                funders=(bank.handle,),
                value_on="2026-07-20",
            ),
        )
        self.quote = self._quoted()
        self.guarantee = self._guarantee()
        self.facility = self._facility()
        self.cover, self.notice = self._insured()

    def _say(self, by: str, entry_type: str, body: Body) -> str:
        said = self.stage.sign(by, entry_type, body)
        self.stage.append([said])
        return payload_hash(said.envelope).hex()

    def _policy(self) -> str:
        """A standing policy of the core enterprise, for a service of its own."""
        device = AddDevice(device=service, organisation=core.handle, purpose="service")
        add = self.stage.sign(core.administrator, "identity.device.add/1", device)
        key = self.stage.key(core.administrator, service, "hardware", ("finance.policy.confirm/1",))
        self.stage.append([add, key])
        terms = policies.PolicyPropose(
            organisation=core.handle, service=service, currency="CNY", certificate_max=1_000_00,
            supplier_max=1_000_00, day_max=1_000_00, total_max=1_000_00, until="2026-12-31",
            evidence="device", term_days_max=180, paying_bank=bank.handle,
        )  # fmt: skip
        proposal = self._say(core.maker, "finance.policy.propose/1", terms)
        approval = policies.PolicyApprove(proposal=proposal)
        answer = self.stage.say(core.checker, "finance.policy.approve/1", approval)
        return f"{core.handle}#SP-{answer.index}"

    def _template(self) -> None:
        field = TemplateField(index=100, name={"en": "Alloy"}, type="ALLOY", data="text")
        body = PublishTemplate(template=template, version=1, name={"en": "Sheet"}, fields=(field,))
        self.stage.say(core.handle, "identity.template/1", body)

    def _trade(self) -> None:
        """The plates are taken in by document and billed, and something of the bill is taken back."""
        line = finance.InvoiceLine(
            line=1, order=worked.order, order_line=1, quantity=worked.plates, price=_fee,
            tax_ppm=130_000,
        )  # fmt: skip
        billed = finance.Invoice(
            number="INV-PLATES", seller=maker.handle, buyer=core.handle, currency="CNY",
            invoiced_on="2026-07-10", gross=_gross, lines=(line,),
        )  # fmt: skip
        self.stage.say(maker.maker, "finance.invoice/1", billed)
        less = finance.CreditLine(line=1, invoice_line=1, net=100, tax=13)
        note = finance.Credit(
            number="CN-PLATES", seller=maker.handle, buyer=core.handle, currency="CNY",
            credited_on="2026-07-10", invoice=invoice, lines=(less,),
        )  # fmt: skip
        self.stage.say(maker.maker, "finance.credit/1", note)
        taken = finance.DeliveryLine(order=worked.order, order_line=1, quantity=worked.plates)
        told = finance.Delivery(
            number="GR-PLATES", buyer=core.handle, seller=maker.handle,
            despatch=f"{maker.handle}#{worked.despatch_number}", delivered_on="2026-07-10",
            lines=(taken,),
        )  # fmt: skip
        self.stage.say(core.maker, "finance.delivery/1", told)

    def _hours(self) -> None:
        """Of a machine, which no statement tells yet."""
        line = finance.UsageLine(line=1, order=stated.order, order_line=1, quantity=10, scale=1)
        body = finance.Usage(
            number="MH-2026-07", seller=stated.seller.handle, buyer=core.handle,
            used_from=cut_off, used_until=cut_off, lines=(line,),
        )  # fmt: skip
        agree = finance.Agree(proposal=self._say(stated.seller.maker, "finance.usage/1", body))
        self.stage.say(core.maker, "finance.agree/1", agree)

    def _promised(self, amount: int = 40_000, due_on: str = promised_until) -> str:
        """A certificate that the supplier holds whole."""
        proposal = self._say(
            core.maker,
            "finance.confirm.propose/1",
            finance.ConfirmPropose(
                invoice=invoice, amount=amount, currency="CNY", due_on=due_on,
                roll=money.roll, calendar=days.calendar, paying_bank=bank.handle, lines=(finance.ConfirmLine(line=1, amount=amount),),
            ),
        )  # fmt: skip
        approval = finance.ConfirmApprove(proposal=proposal)
        answer = self.stage.say(core.checker, "finance.confirm.approve/1", approval)
        name = f"{core.handle}#C-{answer.index}"
        accepted = finance.CertificateAccept(certificate=name)
        self.stage.say(maker.maker, "finance.certificate.accept/1", accepted)
        return name

    def _quoted(self) -> str:
        """The bank's, for some of the certificate; the supplier accepts."""
        body = money.quote_body(
            self.certificate, maker.handle, 100_00, 40_000, overdue_on, promised_until
        )
        search = finance.Search(
            certificate=self.certificate, holder=maker.handle, number="SEARCH-PLATES",
            evidence=_text, searched_at="2026-07-10T08:00:00.000Z",
        )  # fmt: skip
        self.stage.say(bank.maker, "finance.search/1", search)
        quote = self._say(bank.maker, "finance.quote/1", body)
        self.stage.say(maker.maker, "finance.quote.accept/1", finance.QuoteAccept(quote=quote))
        return quote

    def _guarantee(self) -> str:
        body = finance.GuaranteeRequest(
            underlying="order", name=worked.order, bank=bank.handle, beneficiary=core.handle,
            currency="CNY", amount=100_00, valid_from="2026-07-10", expires_on="2026-12-31",
            documents=("Demand",), form=finance.Form(name="URDG 758", sha256=_text),
        )  # fmt: skip
        return self._say(maker.maker, "finance.guarantee.request/1", body)

    def _facility(self) -> str:
        """The supplier would draw on a purchase of its own for the order of modules."""
        other = cast.suppliers[1]
        price = finance.Price(amount=1_000_00)
        purchase = finance.Order(
            number="PO-SHEET", buyer=maker.handle, seller=other.handle,
            contract=f"{maker.handle}#FC-{maker.id}-{other.id}", currency="CNY",
            ordered_on="2026-07-10", lines=(finance.OrderLine(line=1, quantity=1, price=price),),
        )  # fmt: skip
        agree = finance.Agree(proposal=self._say(maker.maker, "finance.order/1", purchase))
        self.stage.say(other.maker, "finance.agree/1", agree)
        body = finance.FacilityRequest(
            order=goods.order, funder=bank.handle, limit=100_00,
            purchases=(f"{maker.handle}#PO-SHEET",),
        )  # fmt: skip
        return self._say(maker.maker, "finance.facility.request/1", body)

    def _insured(self) -> tuple[str, str]:
        """The insurer covers what the supplier holds; the core enterprise is late with a small certificate."""
        debtor = finance.InsuredDebtor(debtor=core.handle, currency="CNY", limit=100_00)
        terms = finance.CoverPropose(
            insured=maker.handle, debtors=(debtor,), share_ppm=900_000, valid_from="2026-07-10",
            expires_on="2026-12-31", grace_days=10, waiting_days=20, payment_days=15,
        )  # fmt: skip
        cover = self._say(self.insurer["maker"], "finance.insurance.propose/1", terms)
        approval = finance.CoverApprove(proposal=cover)
        self.stage.say(self.insurer["checker"], "finance.insurance.approve/1", approval)
        answer = finance.CoverAnswer(cover=cover, accepted=True)
        self.stage.say(maker.maker, "finance.insurance.answer/1", answer)
        late = self._promised(50_00, overdue_on)
        declared = finance.CoverDeclare(cover=cover, certificate=late, amount=50_00)
        self.stage.say(maker.maker, "finance.insurance.declare/1", declared)
        for moment in (due, over, overdue):
            self.stage.at(moment)
            self.stage.ledger.seal(force=True)
        notice = finance.DunningNotice(certificate=late)
        return cover, self._say(maker.maker, "finance.insurance.notice/1", notice)


def insurer_of(view: View) -> dict[str, str]:
    """The people of the story's insurer, by role."""
    for name in view.names("organisation", limit=200):
        firm: Any = view.get("organisation", name)
        if "insurer" in firm["capacities"]:
            rows: Any = view.find("person-by-organisation", name, limit=20)
            return {row.value["roles"][0]: row.name for row in rows}
    raise LookupError("no insurer in the story")
