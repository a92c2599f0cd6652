"""Papers of the demo's certificate: their words agree with the ledger to the cent, and the file is PDF/A."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

import pymupdf
import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image
from tests.app.played import log_in

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.papers import gather
from tallystick.app.papers.drawing import Typeface, draw
from tallystick.finance import papers
from tallystick.ledger import auditor_reader
from tallystick.scanners import system_font

needs_font = pytest.mark.skipif(system_font() is None, reason="no font here writes Chinese")
languages: tuple[papers.Language, ...] = ("zh", "en")


@pytest.fixture
def reading(demo_node: Node) -> Iterator[Reading]:
    with demo_node.reader.open() as snapshot:
        yield Reading(snapshot, auditor_reader)


@pytest.fixture
def name(shown: Mapping[str, Any]) -> str:
    return str(shown["certificates"][0])


def address(name: str, kind: str, **asked: str | int) -> str:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return f"/finance/v1/certificates/{quote(name, safe='/')}/papers/{kind}?{query}"


def text_of(data: bytes) -> str:
    """All words, without blanks: lines break where the page is full."""
    with pymupdf.open(stream=data) as document:
        return re.sub(r"\s", "", "".join(page.get_text() for page in document))


def sits(told: str, text: str) -> bool:
    return re.sub(r"\s", "", told) in text


def codes(data: bytes) -> list[str]:
    found = []
    with pymupdf.open(stream=data) as document:
        for page in document:
            drawn = page.get_pixmap(dpi=150)
            picture = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
            found += [code.text for code in zxingcpp.read_barcodes(picture)]
    return found


def red(data: bytes) -> int:
    """How many dots of the seal's red all pages have."""
    count = 0
    with pymupdf.open(stream=data) as document:
        for page in document:
            drawn = page.get_pixmap(dpi=40)
            picture = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
            told = picture.tobytes()
            dots = zip(told[::3], told[1::3], told[2::3], strict=True)
            count += sum(1 for r, g, b in dots if r > 150 and g < 110 and b < 120)
    return count


def check_archivable(data: bytes, language: str) -> None:
    """The rules of ISO 19005-2, level U, that can be read off a file: no validator is needed for these."""
    with pymupdf.open(stream=data) as document:
        meta = document.get_xml_metadata()
        part, level = (
            re.search(r"part[>=\"']+(\d)", meta),
            re.search(r"conformance[>=\"']+(\w)", meta),
        )
        assert part is not None
        assert level is not None
        assert (part[1], level[1]) == ("2", "U")
        catalog = document.xref_object(document.pdf_catalog())
        assert "/OutputIntents" in catalog
        assert "/GTS_PDFA1" in catalog
        assert f"/Lang ({'zh-CN' if language == 'zh' else 'en'})" in catalog
        assert document.xref_get_key(-1, "ID")[0] == "array"
        assert document.xref_get_key(-1, "Encrypt")[0] == "null"
        assert document.embfile_count() == 0
        for xref in range(1, document.xref_length()):
            told = document.xref_object(xref)
            assert not re.search(r"/JavaScript|/Launch|/AA\b|/EmbeddedFile|/LZWDecode|/SMask", told)
        fonts = {font[0] for page in document for font in page.get_fonts(full=True)}
        assert fonts
        for font in fonts:
            told = document.xref_object(font)
            assert "/ToUnicode" in told
            assert re.search(r"/BaseFont /[A-Z]{6}\+", told), "a subset"
            descendant = int(re.findall(r"DescendantFonts \[ (\d+) 0 R", told)[0])
            described = int(document.xref_get_key(descendant, "FontDescriptor")[1].split()[0])
            assert document.xref_get_key(described, "FontFile3")[0] == "xref" or (
                document.xref_get_key(described, "FontFile2")[0] == "xref"
            )


def tags(document: Any) -> list[tuple[str, str]]:
    """What a reader is told of the parts of a tagged PDF (ISO 32000-1 §14.7), in its order: kind, and other words."""
    assert document.xref_get_key(document.pdf_catalog(), "MarkInfo/Marked") == ("bool", "true")
    root = int(document.xref_get_key(document.pdf_catalog(), "StructTreeRoot")[1].split()[0])
    found: list[tuple[str, str]] = []
    marks = Counter[str]()

    def walk(element: int) -> None:
        kind, kids = (document.xref_get_key(element, key)[1] for key in ("S", "K"))
        if "R" in kids:
            found.append((kind, ""))
            for kid in re.findall(r"(\d+) 0 R", kids):
                walk(int(kid))
            return
        page = document.xref_get_key(element, "Pg")[1]
        assert kids == f"[{marks[page]}]", "in the order in which it is drawn"
        marks[page] += 1
        found.append((kind, document.xref_get_key(element, "Alt")[1]))

    walk(int(document.xref_get_key(root, "K")[1].strip("[]").split()[0]))
    for page in document:
        content = page.read_contents()
        assert marks[f"{page.xref} 0 R"] == len(re.findall(rb"/MCID \d+", content))
        outside = re.sub(rb"(BDC|BMC)\n.*?\nEMC", b"", content, flags=re.DOTALL)
        # Text, pictures, lines: all is read, or passed over.
        assert len(outside) < len(content) / 4
        assert not re.search(rb"\b(Tj|TJ|Do|S|f)\b", outside)
    return found


def check_tagged(data: bytes, heads: int) -> None:
    """`heads`: how many heads of rows."""
    with pymupdf.open(stream=data) as document:
        found = tags(document)
    kinds = [kind for kind, _ in found]
    assert kinds[:3] == ["/Document", "/H1", "/P"]
    assert kinds.count("/H1") == 1
    (figure,) = [alt for kind, alt in found if kind == "/Figure"]
    assert figure.startswith("https://")
    assert kinds.count("/Table") >= 2
    rows = " ".join(kinds).split("/TR")[1:]
    of_rows = [row for row in rows if row.split()[:2] == ["/TH", "/TD"]]
    assert len(of_rows) == heads
    assert all(row.split()[0] in ("/TH", "/TD") for row in rows)


@needs_font
@pytest.mark.parametrize("language", languages)
def test_the_undertaking_says_what_the_ledger_says(
    demo: TestClient, reading: Reading, name: str, language: papers.Language
) -> None:
    log_in(demo, cast.core.maker)
    got = demo.get(address(name, "undertaking", lang=language))
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert "no-store" in got.headers["cache-control"]
    check_archivable(got.content, language)
    view = finance.views.certificate(reading, name)
    head, text = view.head, text_of(got.content)
    issuer = cast.core.zh if language == "zh" else cast.core.en
    assert sits(issuer, text)
    assert sits({"zh": "付款承诺函", "en": "Payment undertaking"}[language], text)
    amount = re.search(r"CNY([0-9,.]+)", text)
    assert amount is not None
    assert finance.parse_amount(amount[1].rstrip(".")) == head["face"]
    written = re.search(r"人民币[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+", text)
    assert written is not None
    assert finance.from_capitals(written[0]) == head["face"]
    for told in (name, head["due_on"], head["invoice"], head["issuer"], head["paying_bank"]):
        assert sits(told, text), told
    proposal: Any = reading.view.get("proposal", head["proposal"])
    for index in (proposal["index"], head["index"], head["accepted"]):
        row = reading.snapshot.row(index)
        assert row.leaf_hash.hex() in text
        assert row.time in text
        assert row.author in text or index == head["accepted"]
    size, note = reading.snapshot.checkpoint() or (0, "")
    assert reading.snapshot.root_at(size).hex() in text
    assert note.split("\n", 1)[0] in text
    assert str(size) in text
    assert [code for code in codes(got.content) if code.endswith(f"/log/entries/{head['index']}")]
    assert red(got.content) > 100


@needs_font
@pytest.mark.parametrize("language", languages)
def test_the_settlement_adds_up_to_the_face(
    reading: Reading, name: str, language: papers.Language
) -> None:
    data = gather.made(reading, name, "settlement", language, "https://node.example")
    text, view = text_of(data), finance.views.certificate(reading, name)
    (came_back,) = [row for row in view.payouts if "returned" in row]
    assert re.sub(r"\s", "", text).count(came_back["holder"]) == 1
    paid = [row for row in view.payouts if "returned" not in row]
    for row in paid:
        assert f"{finance.format_amount(row['amount'])}" in text
        assert sits(row["holder"], text)
    together = text.partition({"zh": "合计", "en": "Together"}[language])[2]
    assert together.startswith(finance.format_amount(view.head["face"]))
    assert sum(row["amount"] for row in paid) == view.head["face"]
    check_archivable(data, language)
    facts = gather.facts(reading, name, "settlement", language, "https://node.example")
    check_tagged(data, len(papers.write(facts, language).rows))


@needs_font
@pytest.mark.parametrize("language", languages)
def test_an_assignment_has_an_agreement_and_a_notice_with_its_times(
    reading: Reading, name: str, language: papers.Language
) -> None:
    view, site = finance.views.certificate(reading, name), "https://node.example"
    moved, financed = view.transfers[7], view.financings[0]
    data = gather.made(reading, name, "assignment", language, site, moved["index"])
    check_archivable(data, language)
    agreement, title = text_of(data), papers.titles(language)["assignment"]
    offer: Any = reading.view.get("offer", moved["offer"])
    for told in (moved["from"], moved["to"], title, offer["evidence"][0]["name"]):
        assert sits(told, agreement)
    assert finance.format_amount(moved["amount"]) in agreement
    assert finance.capitals(moved["amount"]) in agreement
    sold = text_of(gather.made(reading, name, "assignment", language, site, financed["index"]))
    data = gather.made(reading, name, "notice", language, site, financed["index"])
    check_archivable(data, language)
    notice = text_of(data)
    local = finance.local_time(financed["time"], view.head["zone"])
    assert sits({"zh": f"接受时间 {local}", "en": f"Accepted at {local}"}[language], notice)
    said = {
        "zh": ("通知时间尚未通知", "回执时间尚无回执"),
        "en": ("Time of notice no notice yet", "not acknowledged yet"),
    }
    for told in said[language]:
        assert sits(told, notice)
    # What the bank paid is between the two, and not for the debtor.
    price = finance.format_amount(financed["net"])
    assert (price in sold, price in notice) == (True, False)
    for told in (financed["seller"], financed["bank"], finance.capitals(financed["amount"])):
        assert sits(told, notice)


def test_the_same_facts_are_the_same_words(reading: Reading, name: str) -> None:
    asked: tuple[Literal["undertaking"], Literal["en"], str] = (
        "undertaking",
        "en",
        "https://n.example",
    )
    first, second = (gather.facts(reading, name, *asked) for _ in range(2))
    assert first == second
    assert papers.write(first, "en") == papers.write(second, "en")


@needs_font
def test_the_same_paper_is_the_same_bytes(reading: Reading, name: str) -> None:
    first, second = (
        gather.made(reading, name, "undertaking", "en", "https://n.example") for _ in range(2)
    )
    assert first == second


@needs_font
def test_no_seal_beside_a_signature_that_did_not_verify(reading: Reading, name: str) -> None:
    told = gather.facts(reading, name, "undertaking", "en", "https://n.example")
    first, *others = told.entries
    doubted = replace(told, entries=(replace(first, verified=False), *others))
    paper, font = papers.write(doubted, "en"), system_font()
    assert (papers.write(told, "en").seal is None, paper.seal) == (False, None)
    assert font is not None
    data = draw(paper, Typeface(font.path, font.number))
    assert red(data) == 0
    assert sits("Not all signatures verified, therefore no seal.", text_of(data))


def test_what_a_certificate_offers_and_what_it_does_not(
    demo: TestClient, reading: Reading, name: str
) -> None:
    for person, hops in ((cast.auditor.person("reader"), 65 + 3), (cast.core.maker, 0)):
        log_in(demo, person)
        listed = demo.get(address(name, "").removesuffix("/?")).json()
        kinds = [row["kind"] for row in listed["papers"]]
        assert [kinds[0], kinds[-1]] == ["undertaking", "settlement"]
        assert kinds.count("notice") == kinds.count("assignment") == hops
    for wrong in (
        address(name, "assignment", lang="zh"),
        address(name, "notice", hop=1),
        address(f"{name}9", "undertaking"),
    ):
        assert demo.get(wrong).status_code == 404, wrong
    assert demo.get(address(name, "undertaking", lang="de")).status_code in (400, 422)
    assert demo.get(address(name, "nothing")).status_code in (400, 422)


def test_strangers_get_no_paper(demo: TestClient, name: str) -> None:
    assert demo.get(address(name, "undertaking")).status_code == 404


@pytest.mark.parametrize("language", languages)
def test_the_page_of_a_certificate_leads_to_its_papers(
    demo: TestClient, name: str, language: str
) -> None:
    log_in(demo, cast.core.maker)
    page = demo.get(f"/certificates/{quote(name, safe='/')}?lang={language}").text
    assert address(name, "undertaking", lang="zh").replace("&", "&amp;") in page
    words = {
        "zh": ("文件", "付款承诺函", "自扫码收货起"),
        "en": ("Papers", "Payment undertaking", "Since the scanned delivery"),
    }
    for told in words[language]:
        assert told in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ("长期授权", "尚未签署任何长期授权", "开具条件", "放弃抗辩文本")),
        ("en", ("Standing policies", "No policy was ever signed", "Conditions of issue")),
    ],
)
def test_the_page_of_standing_policies_starts_empty_and_explains(
    demo: TestClient, language: str, told: tuple[str, ...]
) -> None:
    assert "/login?next=/policies" in demo.get(f"/policies?lang={language}").text
    log_in(demo, cast.core.maker)
    page = demo.get(f"/policies?lang={language}")
    assert page.status_code == 200
    for words in told:
        assert words in page.text, words
    assert demo.get("/finance/v1/policies").json() == {"policies": [], "after": None}
    assert demo.get("/finance/v1/conditions").json() == {"conditions": None, "waivers": {}}
