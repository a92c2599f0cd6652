"""Who sees what of a certificate of four hops: every cell of the printed table, by every part in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.finance.desk import bank, core, maker, other_bank, supplier
from tests.finance.holdings.vault import Vault, friend, other
from tests.finance.test_views import MemoryView

from tallystick.finance import policies, views
from tallystick.finance.errors import NotReadable
from tallystick.finance.reading.visibility import Part, parts, sections, table
from tallystick.ledger import Reader, auditor_reader, public_reader

face = 900_000_000
fourth = "99.100/O-FOURTH"
hops = (supplier, friend, other, fourth)
maturity = "2026-07-10T03:00:00.000Z"


@dataclass(frozen=True)
class Reading:
    view: MemoryView
    reader: Reader


@pytest.fixture(scope="module")
def played() -> tuple[Vault, str]:
    """Four hops, a pledge of the second tier, and a funder that bought from the fourth."""
    vault = Vault([friend, other, fourth])
    name = vault.live(face)
    for (giver, taker), amount in zip(
        [(supplier, friend), (friend, other), (other, fourth)],
        [800_000_000, 700_000_000, 600_000_000],
        strict=True,
    ):
        vault.transfer(name, giver, taker, amount)
        if giver in (supplier, other):
            notice = policies.NoticeGive(
                certificate=name, hop=vault.index - 1, to=taker, amount=amount
            )
            vault.play("finance.notice.give/1", maker(taker), notice)
    vault.offer(name, friend, other, 10_000)
    vault.pledged(name, friend, other, 20_000, days=400)
    vault.freeze(name, other, 30_000, "2026-12-31")
    vault.financed(name, fourth, 500_000_000, other_bank)
    vault.enrol("99.100/O-BNK3", "bank")
    vault.financed(name, supplier, 50_000_000, "99.100/O-BNK3")
    return vault, name


#: Whom the table's parts are played by.
who: dict[Part, str | None] = {
    "issuer": core, "paying bank": bank, "original holder": supplier, "holder": fourth,
    "funder": other_bank, "mirror": None,
}  # fmt: skip


def reading(vault: Vault, organisation: str | None) -> Reading:
    reader = auditor_reader if organisation is None else Reader.party(organisation)
    return Reading(MemoryView(vault), reader)


def units(rows: Any) -> int:
    return sum(row.end - row.start for row in rows)


def evidence(at: Reading, name: str) -> int:
    """Units whose trade is shown."""
    try:
        return units(views.lineage(at, name))
    except NotReadable:
        with pytest.raises(NotReadable):
            views.flows_of_certificate(at, name)
        return 0


#: What is seen of a section by whom, as a number that differs between `all`, `own` and nothing.
look: dict[str, Callable[[Reading, str], Any]] = {
    "promise": lambda at, name: views.certificate(at, name).head["face"],
    "evidence": evidence,
    "holders": lambda at, name: views.certificate(at, name).holders,
    "hops": lambda at, name: sorted(row["index"] for row in views.certificate(at, name).transfers),
    "financing": lambda at, name: len(views.certificate(at, name).financings),
    "notices": lambda at, name: sorted(views.certificate(at, name).noticed),
    "holds": lambda at, name: sorted(hold.kind for hold in views.certificate(at, name).holds),
    "payment": lambda at, name: sorted(views.certificate(at, name).claims),
}


@pytest.mark.parametrize("section", sections)
@pytest.mark.parametrize("part", parts)
def test_every_cell(played: tuple[Vault, str], section: str, part: Part) -> None:
    vault, name = played
    seen, everything = (look[section](reading(vault, one), name) for one in (who[part], None))
    cell = table[section][part]  # type: ignore[index]
    if cell == "all":
        assert seen == everything
    elif cell == "of its units":
        assert seen == 500_000_000
    elif cell == "own":
        assert seen != everything or section == "payment"
    else:
        assert not seen


def test_what_own_means(played: tuple[Vault, str]) -> None:
    vault, name = played
    head = views.certificate(reading(vault, fourth), name)
    assert head.holders == {fourth: 100_000_000}
    assert [(row["from"], row["to"]) for row in head.transfers] == [(other, fourth)]
    assert [row["bank"] for row in head.financings] == [other_bank]
    assert (head.offers, head.holds) == ((), ())
    assert set(head.splits) == {fourth}
    second = views.certificate(reading(vault, friend), name)
    assert {hold.kind for hold in second.holds} == {"pledge"}
    assert [(row["from"], row["to"]) for row in second.transfers] == [
        (supplier, friend), (friend, other),
    ]  # fmt: skip
    third = views.certificate(reading(vault, other), name)
    assert {hold.kind for hold in third.holds} == {"pledge", "freeze"}
    assert third.holders == {friend: 20_000, other: 100_000_000}
    for stranger in (Reader.party("99.100/O-NOBODY"), public_reader):
        with pytest.raises(NotReadable):
            views.certificate(Reading(MemoryView(vault), stranger), name)


def test_a_supplier_of_the_fourth_tier_learns_nothing_of_the_second(
    played: tuple[Vault, str],
) -> None:
    """Neither its prices, nor who it is, nor that there is one."""
    vault, name = played
    at = reading(vault, fourth)
    text = repr(views.certificate(at, name)) + repr(views.readable_certificate(at, name))
    for secret in (supplier, friend, "INV-1", "FC-O-SUP", "800000000", "700000000"):
        assert secret not in text
    for kind, document in (("invoice", f"{supplier}#INV-1"), ("contract", f"{core}#FC-O-SUP")):
        with pytest.raises(NotReadable):
            views.document(at, kind, document)  # type: ignore[arg-type]


def test_entries_of_a_hop_are_for_its_two_sides(played: tuple[Vault, str]) -> None:
    """The issuer once read every offer as it was made."""
    vault, _ = played
    fresh = Vault([friend, other, fourth])
    fresh.enrol("99.100/O-BNK3", "bank")
    for act, effects in zip(vault.acts, vault.effects, strict=True):
        parties = set(vault.rules.types[act.type].parties(fresh.state, act))
        if act.type.startswith(("finance.transfer", "finance.pledge", "finance.disburse")):
            assert core not in parties, act.type
            assert len(parties) == 2, act.type
        if act.type.startswith("finance.freeze"):
            assert core not in parties
        fresh.state.apply(effects)


def test_issuer_and_payer_learn_the_holders_at_record_time() -> None:
    vault = Vault([friend, other, fourth])
    name = vault.live(face)
    vault.transfer(name, supplier, friend, 800_000_000)
    for payer in (core, bank):
        assert views.certificate(reading(vault, payer), name).holders == {}
    vault.block("2026-07-09T17:00:00.000Z")
    for payer in (core, bank):
        seen = views.certificate(reading(vault, payer), name)
        assert (
            seen.holders
            == {friend: 800_000_000, supplier: 100_000_000}
            == {who: claim["due"] for who, claim in seen.claims.items()}
        )
        assert seen.transfers == ()
    vault.time = maturity
    vault.pay(name, face, maturity)
    assert len(views.certificate(reading(vault, core), name).payouts) == 2
    (own,) = views.certificate(reading(vault, friend), name).payouts
    assert own["holder"] == friend


def test_splits_are_shown_before_they_are_spent() -> None:
    from tallystick.finance.errors import NotEnoughFree
    from tallystick.finance.reading.hold_views import preview

    vault = Vault([friend, other, fourth])
    name = vault.approve(vault.propose(vault.delivered(face), face, splits=3))
    vault.accept_certificate(name)
    at = reading(vault, supplier)
    told = preview(at, name, 300_000_000)
    assert (told.left, told.costs, told.goes_along, told.keeps) == (3, 1, 1, 1)
    vault.transfer(name, supplier, friend, 300_000_000)
    assert vault.splits(name) == {supplier: 1, friend: 1}
    vault.transfer(name, supplier, other, 10_000)
    told = preview(at, name, 10_000)
    assert (told.possible, told.costs, told.whole) == (False, 1, (599_990_000,))
    assert preview(at, name, 599_990_000).costs == 0
    with pytest.raises(NotEnoughFree):
        preview(at, name, face)
    with pytest.raises(NotReadable):
        preview(reading(vault, fourth), name, 10_000)
