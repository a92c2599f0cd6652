"""The year on both databases: to the cent, each day equal with bank and register, and sound when it is audited."""

from __future__ import annotations

from pathlib import Path

import pymupdf
from tests.year.books import moved, owed_by
from tests.year.chapters import Year
from tests.year.script import last_day, play
from tests.year.stage import banks, began, stage
from tests.year.trade import Trade

from tallystick import finance
from tallystick.finance import insured, limits

#: In minor units, worked out by hand from the terms of each chapter; days of 360.
told = {
    "normal discount": 5_133_33,  # 500,000.00 at 4.20 % over 88 days
    "early discount": 1_466_67,  # 100,000.00 at 6.00 % over 88 days
    "tendered discount": 13_940_00,  # 1,200,000.00 at 4.10 % over 102 days
    "interest that the debtor bears": 7_210_00,  # 600,000.00 at 4.20 % over 103 days
    "recalled": 200_000_00,
    "guarantee paid": 400_000_00,
    "paid twice": 1_000_000_00,
    "advance repaid": 200_933_33,  # 200,000.00 at 6.00 % over 28 days
    "GRACE bank unpaid": 348_185_75,
    "GRACE late interest": 5_000_00,  # 1,000,000.00 over 10 days
    "CLAIM bank unpaid": 348_185_75,
    "CLAIM recourse": 222_222_22,
    "CLAIM claim paid": 313_367_18,
    "CLAIM late interest": 41_000_00,  # 1,000,000.00 over 82 days
}
refused = {
    "a cover by one person": "not-entitled",
    "more than is held": "not-enough-free",
    "a quote without a search": "search-missing",
    "a debtor's own word": "no-evidence",
    "a bid opened early": "bid-too-early",
    "the worse bid": "bid-not-best",
    "interest that the debtor has not agreed to": "interest-not-agreed",
    "a debtor's own word on interest": "no-evidence",
    "a return of what is final": "evidence-wrong",
    "a demand without its papers": "demand-wrong",
    "GRACE: more insured than held": "not-enough-free",
    "more than is owed": "over-payment",
    "more than can be drawn": "not-drawable",
    "an ordinary payment by a bank of others": "document-unknown",
    "paid back by the word of who got it": "closing-wrong",
    "GRACE: a promise while in arrears": "issuer-stopped",
    "GRACE: a claim of what was paid": "claim-closed",
    "CLAIM: more insured than held": "not-enough-free",
    "a freeze by one person": "not-entitled",
    "a lock on what is frozen": "not-enough-free",
    "paying what is frozen": "claims-wait",
    "CLAIM: a promise while in arrears": "issuer-stopped",
    "CLAIM: recourse twice": "recourse-refused",
    "CLAIM: a decision by one person": "not-entitled",
}
#: Why days were not equal: what fell due and was not paid, was frozen, came back, was repaid in cents of a certificate,
#: or was not taken out of the register.
reasons = {
    "due-today",
    "overdue",
    "waiting",
    "returned",
    "converted",
    "repaid",
    "not-cancelled",
    "paid-twice",
}


def test_a_year_of_everything(tmp_path: Path, database_url: str) -> None:
    with stage(tmp_path, database_url) as place:
        year = play(place, lambda _: None)
        assert (year.told, year.refused) == (told, refused)
        first = finance.money_date(began)
        assert len(place.days) == finance.days_between(first, last_day)
        assert not any(place.days.values()), place.days
        assert set(place.because) == reasons
        _books(year.trade, first)
        _papers(year)
        for bank in banks:
            assert owed_by(place, bank, last_day) == 0
        assert place.world.audit().refused == 0
        with place.world.reader.open() as snapshot:
            assert list(limits.differences(snapshot.view)) == []
            assert list(insured.differences(snapshot.view)) == []


def _books(trade: Trade, first: str) -> None:
    """What one was paid, another paid; and nobody holds or owes anything any more."""
    sums = moved(trade, first, last_day)
    assert sum(one["bank"] for one in sums.values()) == 0
    ended = (
        "certificates-receivable",
        "certificates-payable",
        "advances-receivable",
        "advances-payable",
    )
    for party, told_of in sums.items():
        assert not any(told_of[account] for account in ended), (party, told_of)


def _papers(year: Year) -> None:
    """Of a certificate that was paid early in part, and of one of which a part was given up: both are settled."""
    for number, ended, amount in (
        ("NORMAL", "Paid by the debtor before the day", "100,000.00"),
        ("RECALL", "Cancelled by issuer and original holder together", "200,000.00"),
    ):
        name = year.trade.certificates[number].replace("#", "%23")
        path = f"/finance/v1/certificates/{name}/papers/settlement"
        told = year.trade.stage["core"].ask(path, lang="en")
        assert told.status_code == 200, told.text
        with pymupdf.open(stream=told.content) as document:
            text = " ".join(" ".join(page.get_text().split()) for page in document)
        assert f"{ended} {amount}" in text
