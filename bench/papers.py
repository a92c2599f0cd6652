"""A paper of a certificate, from its facts to the bytes of the PDF/A."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bench.context import Bench
from bench.measure import Result, Row, Skipped, in_turn, median_rate
from fpdf import FPDF
from fpdf.enums import DocumentCompliance

from tallystick.app.papers.drawing import Typeface, draw
from tallystick.finance import papers
from tallystick.scanners import Font, system_font

core, supplier, bank = (f"99.100/O-{name}" for name in ("CORE", "SUPPLIER", "BANK"))
time = "2026-01-12T02:00:00.000Z"
count = 2
drawn = "papers of a certificate written and drawn as PDF/A, in Chinese"


def rows(bench: Bench) -> Iterator[Result]:
    font = system_font()
    if font is None:
        yield Skipped(drawn, "no font of this machine writes Chinese")
        return
    told = facts()

    def ours() -> int:
        for _ in range(count):
            draw(papers.write(told, "zh"), Typeface(font.path, font.number))
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, bare=lambda: _bare(font))
    yield Row(
        drawn,
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "papers/s",
        "fpdf2 drawing one line of the same font, embedded and subset, on an empty page",
    )


def facts() -> papers.Facts:
    """An undertaking as two persons signed it."""
    signed = tuple(
        papers.Signed(act, index, time, core, "0" * 64, verified=True)
        for index, act in enumerate(("proposed", "approved", "accepted"))
    )
    head = {
        "issuer": core, "holder": supplier, "paying_bank": bank, "face": 900_000_000, "currency": "CNY",
        "issued_on": "2026-01-12", "due_on": "2026-07-10", "zone": "Asia/Shanghai", "status": "live",
        "invoice": f"{supplier}#INV-1", "contracts": [f"{core}#FC-1"], "assignment": "free",
    }  # fmt: skip
    return papers.Facts(
        kind="undertaking",
        certificate=f"{core}#C-1",
        head=head,
        names={core: "核心企业", supplier: "供应商", bank: "银行"},
        entries=signed,
        signing=(0, 1),
        origin="bench.example",
        size=3,
        root="0" * 64,
        lookup="https://node.example/log/entries/1",
        pays_on="2026-07-10",
    )


def _bare(font: Font) -> int:
    for _ in range(count):
        pdf = FPDF(format="A4", enforce_compliance=DocumentCompliance.PDFA_2U)
        pdf.set_creation_date(datetime(2026, 1, 12, tzinfo=UTC))
        pdf.set_title("bench")
        pdf.add_font("paper", fname=font.path, collection_font_number=font.number)
        pdf.add_page()
        pdf.set_font("paper", size=10)
        pdf.cell(text="付款承诺函")
        pdf.output()
    return count
