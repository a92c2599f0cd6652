"""Grades raised later hide policies, statements, tenders, bids and what holds units, from lists and single reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.matching.office import Office, bank, checker, dear, maker, office, seller
from tests.ledger.world import core, node, supplier

from tallystick import finance
from tallystick.finance import accounts, policies, statements
from tallystick.identity import AddDevice, AddPerson, Role
from tallystick.identity.grades import RaiseGrade
from tallystick.ledger import Attachment, AttachmentRef, Body, canonical

service, banker = "99.100.1/ERP-1", "99.100/P-BANKER0000000"
#: Of the core enterprise and of the supplier: one whose role the table names, and one whose role it does not.
readers = {core: ("99.100/P-COREFINANCE0", "99.100/P-COREREADER00")}
readers[supplier] = ("99.100/P-SUPPFINANCE0", "99.100/P-SUPPREADER00")
zero = "0" * 64


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with office(tmp_path, database_url) as place:
        for firm, people in readers.items():
            for person, role in zip(people, ("finance", "reader"), strict=True):
                joined(place, firm, person, role)
        place.site.world.add_key(node, bank)
        joined(place, bank, banker, "maker")
        yield place


def joined(desk: Office, firm: str, person: str, role: Any) -> None:
    roles: tuple[Role, ...] = (role,)
    body = AddPerson(person=person, organisation=firm, roles=roles)
    desk.site.world.add(firm, "identity.person.add/1", body)
    desk.site.world.add_key(firm, person)


class Asked:
    """What both readers of a firm get of a thing: by the address of the thing, or by lists that name it."""

    def __init__(self, desk: Office, firm: str) -> None:
        self.desk, self.firm = desk, firm

    def sees(self, person: str, path: str, named: str) -> bool:
        answer = self.desk.ask(person, path)
        assert answer.status_code in (200, 404), answer.text
        return answer.status_code == 200 and named in answer.text

    def follows(self, entry_type: str, named: str, *paths: str) -> None:
        """Both see it; once the type is raised, only whose role the table names."""
        clears, needs_not = readers[self.firm]
        for path in paths:
            assert self.sees(needs_not, path, named), (entry_type, path)
        self.raise_(entry_type)
        for path in paths:
            assert self.sees(clears, path, named), (entry_type, path)
            assert not self.sees(needs_not, path, named), (entry_type, path)

    def raise_(self, entry_type: str) -> None:
        by = checker if self.firm == core else seller
        body = RaiseGrade(
            organisation=self.firm,
            thing=f"type:{entry_type}",
            grade="restricted",
            reason="contract",
        )
        self.desk.say(by, "identity.grade.raise/1", body)


def live(desk: Office) -> str:
    desk.contract()
    order = desk.order("1", 100)
    desk.deliver("1", order, 100)
    name = desk.confirm(desk.bill("1", order, 100), 9_000_00)
    desk.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    return name


def at(root: str, name: str) -> str:
    return f"/finance/v1/{root}/{quote(name, safe='')}"


def test_a_standing_policy(desk: Office) -> None:
    world = desk.site.world
    told = AddDevice(device=service, organisation=core, purpose="service")
    world.add(core, "identity.device.add/1", told)
    world.add_key(core, service)
    terms: Body = policies.PolicyPropose(
        organisation=core,
        service=service,
        currency="CNY",
        certificate_max=1_000_00,
        supplier_max=1_000_00,
        day_max=1_000_00,
        total_max=1_000_00,
        until="2026-06-30",
        evidence="device",
        term_days_max=180,
        paying_bank=bank,
    )
    proposal = desk.say(maker, "finance.policy.propose/1", terms)
    approval = policies.PolicyApprove(proposal=proposal)
    index = desk.index_of(world.write(checker, "finance.policy.approve/1", approval))
    name = f"{core}#SP-{index}"
    asked = Asked(desk, core)
    asked.follows(
        "finance.policy.propose/1", name, "/finance/v1/policies", at("policies", name), "/policies"
    )


def test_conditions_of_issue(desk: Office) -> None:
    body = policies.ConditionsPropose(organisation=core, erp_block=True)
    proposal = desk.say(maker, "finance.conditions.propose/1", body)
    approval = policies.ConditionsApprove(proposal=proposal)
    desk.say(checker, "finance.conditions.approve/1", approval)
    Asked(desk, core).follows(
        "finance.conditions.approve/1", '"erp_block":true', "/finance/v1/conditions"
    )


def test_a_statement(desk: Office) -> None:
    contract = desk.contract("FC-S", statement_day=5)
    desk.deliver("S", desk.order("S", 10, contract), 10)
    with desk.site.node.reader.open() as snapshot:
        body, _ = statements.proposal(snapshot.view, contract, "2026-01-05")
    desk.say(maker, "finance.statement.propose/1", body)
    name = f"{contract}#S-1"
    asked, lines = Asked(desk, core), at("statements", name) + "/lines"
    assert asked.sees(readers[core][1], lines, '"lines"')
    paths = ("/finance/v1/statements", at("statements", name), "/statements")
    asked.follows("finance.statement.propose/1", "FC-S", *paths)
    assert not asked.sees(readers[core][1], lines, '"lines"')


def test_tolerances_and_what_they_let_pass(desk: Office) -> None:
    desk.contract()
    order = desk.order("T", 100)
    desk.deliver("T", order, 100)
    held = desk.bill("T", order, 100, dear)
    desk.tolerances(release_minor=1_000_00)
    body = finance.ReleasePropose(invoice=held, line=1, reasons=("price-above-order",))
    proposal = desk.say(maker, "finance.match.release.propose/1", body)
    asked, line = Asked(desk, core), f"{at('invoices', held)}/match/1"
    asked.follows("finance.match.release.propose/1", proposal, line)
    desk.say(checker, "finance.match.release.approve/1", finance.ReleaseApprove(proposal=proposal))
    clears, needs_not = readers[core]
    assert desk.get(clears, line)["let_pass"]["waived"] == 5_650
    told = desk.get(needs_not, line)
    assert (told["let_pass"], told["limit"]) == (None, 1_000_00)
    asked.follows(
        "finance.tolerances.approve/1", '"version":1',
        "/finance/v1/tolerances", "/finance/v1/tolerances/versions",
    )  # fmt: skip
    assert desk.get(needs_not, line)["limit"] is None


def test_a_bank_account(desk: Office) -> None:
    data = canonical.encode({"holder": "Somebody", "number": "6222020000001234"})
    kept = Attachment(accounts.details_type, data, bytes(32), "restricted")
    details = AttachmentRef(hash=kept.hash(), type=kept.type, size=len(data), grade="restricted")
    body = accounts.AccountRegister(
        organisation=supplier, scheme="cnaps", bank_code="10210000002" + accounts.cnaps_check("10210000002"),
        bank=bank, country="CN", currency="CNY", tail="1234", details=details,
    )  # fmt: skip
    entry = "finance.account.register/1"
    said = desk.site.world.author(seller).write(entry, body, attachments=[kept])
    name = f"{supplier}#A-{desk.index_of(said)}"
    path = f"/v1/accounts/{quote(name, safe='')}"
    Asked(desk, supplier).follows(entry, name, "/v1/accounts", path, "/accounts")


def test_a_tender_and_its_bids(desk: Office) -> None:
    certificate = live(desk)
    asked = finance.TenderOpen(
        certificate=certificate, amount=1_000_00, funders=(bank,), value_on="2026-01-12"
    )
    tender = desk.say(seller, "finance.tender.open/1", asked)
    sealed = finance.BidSeal(tender=tender, commitment="ab" * 32)
    desk.say(banker, "finance.bid.seal/1", sealed)
    supplier_asks = Asked(desk, supplier)
    assert supplier_asks.sees(readers[supplier][1], at("tenders", tender), "ab" * 32)
    supplier_asks.follows(
        "finance.tender.open/1", tender, "/finance/v1/tenders", at("tenders", tender), "/tenders"
    )


@pytest.mark.parametrize(
    ("kind", "entry_type", "body"),
    [
        (
            "pledge",
            "finance.pledge.offer/1",
            lambda name: finance.PledgeOffer(
                certificate=name, amount=1_000_00, to=bank, secures=zero, days=10
            ),
        ),
        (
            "cancellation",
            "finance.cancel.propose/1",
            lambda name: finance.CancelPropose(
                certificate=name, amount=1_000_00, reason="returned"
            ),
        ),
    ],
    ids=["pledge", "cancellation"],
)
def test_what_holds_units_of_a_certificate(
    desk: Office, kind: str, entry_type: str, body: Any
) -> None:
    certificate = live(desk)
    desk.say(seller, entry_type, body(certificate))
    Asked(desk, supplier).follows(entry_type, f'"kind":"{kind}"', at("certificates", certificate))
