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
