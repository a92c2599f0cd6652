"""A certificate's proof from its issue on, for its supplier too: confirmed by two persons, or within a policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.matching.office import Office, bank, checker, maker, office, seller
from tests.ledger.world import core

from tallystick import finance
from tallystick.app.bundles.verify import verify
from tallystick.finance import policies
from tallystick.identity import AddDevice
from tallystick.ledger import StreamAuthor, log_verifier
from tallystick.ledger.bundle import Pins, unpack

service = "99.100.1/ERP-1"
certificate_max, day_max = 2_000_000_00, 3_000_000_00


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with office(tmp_path, database_url) as place:
        place.contract()
        yield place


def billed(desk: Office, number: str) -> str:
    order = desk.order(number, 100)
    desk.deliver(number, order, 100)
    return desk.bill(number, order, 100)


def asked(desk: Office, person: str, certificate: str, path: str = "") -> Any:
    return desk.ask(person, f"/v1/bundles/certificates/{quote(certificate, safe='/')}{path}")


def stated(desk: Office, data: bytes) -> dict[str, dict[str, Any]]:
    with desk.site.node.reader.open() as snapshot:
        pins = Pins(log_keys=(log_verifier(snapshot.view),))
    return {one.says: one.document() for one in verify(data, pins)}


def test_a_supplier_proves_the_whole_of_what_it_accepted_itself(desk: Office) -> None:
    """The approval, which names the proposal and nothing else, was once its issuer's alone to show."""
    invoice = billed(desk, "1")
    name = desk.confirm(invoice, 10_000_00)
    desk.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    for person in (seller, maker):
        answer = asked(desk, person, name)
        assert answer.status_code == 200, answer.text
        said = stated(desk, answer.content)
        assert said["certificate.status"]["status"] == "live"
        assert said["certificate.complete"]["grade"] == "proven"
        assert said["signers.proven"]
    assert asked(desk, "", name).status_code == 404


def signed(desk: Office) -> str:
    """A policy by maker and checker, which the core's software executes."""
    world = desk.site.world
    told = AddDevice(device=service, organisation=core, purpose="service")
    world.add(core, "identity.device.add/1", told)
    world.add_key(core, service)
    terms = policies.PolicyPropose(
        organisation=core,
        service=service,
        currency="CNY",
        certificate_max=certificate_max,
        supplier_max=certificate_max,
        day_max=day_max,
        total_max=day_max,
        until="2026-06-30",
        evidence="device",
        term_days_max=180,
        paying_bank=bank,
    )
    proposal = desk.say(maker, "finance.policy.propose/1", terms)
    approval = world.write(
        checker, "finance.policy.approve/1", policies.PolicyApprove(proposal=proposal)
    )
    return f"{core}#SP-{desk.index_of(approval)}"


def test_what_software_confirmed_is_proven_with_the_policy_that_two_signed(desk: Office) -> None:
    policy, invoice = signed(desk), billed(desk, "2")
    body = policies.PolicyConfirm(
        policy=policy,
        invoice=invoice,
        amount=10_000_00,
        due_on="2026-06-01",
        lines=(finance.ConfirmLine(line=1, amount=10_000_00),),
    )
    erp = StreamAuthor(desk.site.world.author(service))
    name = f"{core}#C-{desk.index_of(erp.write('finance.policy.confirm/1', body))}"
    desk.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    whole = {who: asked(desk, who, name) for who in (maker, seller)}
    assert {who: one.status_code for who, one in whole.items()} == {maker: 200, seller: 200}, whole[
        seller
    ].text
    said = {who: stated(desk, one.content)["certificate.policy"] for who, one in whole.items()}
    assert said[maker]["day_max_minor"] == day_max
    assert said[seller] == {
        **said[maker],
        "supplier_max_minor": None,
        "day_max_minor": None,
        "total_max_minor": None,
    }
    assert said[seller]["service"] == service
    assert (said[seller]["by"], said[seller]["approver"]) == (maker, checker)
    assert str(day_max).encode() in b"".join(unpack(whole[maker].content).values())
    assert str(day_max).encode() not in b"".join(unpack(whole[seller].content).values())
    promised = asked(desk, seller, name, "/promise")
    assert promised.status_code == 200, promised.text
    shown = b"".join(unpack(promised.content).values())
    assert str(certificate_max).encode() in shown
    assert invoice.encode() not in shown
    assert stated(desk, promised.content)["signers.proven"]
