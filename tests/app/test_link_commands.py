"""`tallystick link`: read, build and check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.app.link_cli import cli
from tallystick.identity.digital_link import LinkRefused

gtin = "09521234543213"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_parse_says_what_it_is_and_how_it_is_claimed() -> None:
    uri = f"https://id.example/01/{gtin}/10/L/21/A%2F[b]?17=261231"
    with pytest.raises(LinkRefused, match=r"A%2F\[b\]"):
        CliRunner().invoke(cli, ["parse", uri], catch_exceptions=False)
    uri = f"https://id.example/01/{gtin}/21/A%2F1?17=261231&x=1"
    told = json.loads(run("parse", "--json", uri))
    assert told == {
        "key": {"01": gtin},
        "qualifiers": {"21": "A/1"},
        "attributes": {"17": "261231"},
        "others": ["x=1"],
        "canonical": f"https://id.gs1.org/01/{gtin}/21/A%2F1",
        "element_string": f"(01){gtin}(21)A/1",
        "scheme": "sgtin",
        "code": f"{gtin}(21)A/1",
    }
    assert "SERIAL" in run("parse", uri)


def test_build_brings_qualifiers_into_order() -> None:
    made = run(
        "build", "21=S/1", "17=261231", f"01={gtin[1:]}", "10=L", "--host", "https://q.example/a"
    )
    assert made == f"https://q.example/a/01/{gtin}/10/L/21/S%2F1?17=261231\n"
    for words in (["21=S"], [f"01={gtin}", "--host", "ftp://x"], ["01=1"], [f"01={gtin}", "21=S", "235=T"]):  # fmt: skip
        with pytest.raises(LinkRefused):
            CliRunner().invoke(cli, ["build", *words], catch_exceptions=False)


def test_check_counts_and_names_what_is_wrong(tmp_path: Path) -> None:
    good = f"https://id.example/01/{gtin}"
    assert "1 valid, 0 not" in run("check", good)
    file = tmp_path / "links.txt"
    file.write_text("\n".join([good, *(f"{good}/21/{n}" for n in range(50)), "x\n"]))
    told = run("check", f"{good}/gtin", "--file", str(file), code=1)
    assert "digital-link-not-an-address: x" in told
    assert "digital-link-unpaired" in told
    assert "51 valid, 2 not" in told
    file.write_text("x\n" * 30)
    assert "and 10 more" in run("check", "--file", str(file), code=1)
    run("check", code=2)


def test_compressed_links_come_back() -> None:
    uri = f"https://q.example/a/b/01/{gtin}/10/L/21/S%2F1?17=281231&x=1"
    for options in ((), ("--keep-key",)):
        short = run("compress", uri, *options).strip()
        assert short.startswith("https://q.example/a/b/")
        assert (gtin in short) == bool(options)
        assert len(short) < len(uri)
        assert run("expand", short) == uri + "\n"
    for words in (["expand", uri], ["compress", "x"], ["compress", f"https://q.example/01/{gtin}", "--keep-key"]):  # fmt: skip
        with pytest.raises(LinkRefused):
            CliRunner().invoke(cli, words, catch_exceptions=False)


def test_epc_urns_are_read_and_written() -> None:
    name = "urn:epc:id:sgtin:9521234.054321.S%2F1"
    assert (
        run("urn", f"https://id.example/01/{gtin}/21/S%2F1", "--prefix-digits", "7") == name + "\n"
    )
    told = json.loads(run("parse", "--json", name))
    assert (told["scheme"], told["code"]) == ("sgtin", f"{gtin}(21)S/1")
    run("urn", f"https://id.example/01/{gtin}", "--prefix-digits", "13", code=2)


def test_what_needs_another_value_is_not_printed() -> None:
    with pytest.raises(LinkRefused, match="3920 needs"):
        CliRunner().invoke(cli, ["build", f"01={gtin}", "3920=15"], catch_exceptions=False)
    assert "digital-link-attribute-alone" in run("check", f"https://q.example/01/{gtin}?3920=15", code=1)  # fmt: skip
