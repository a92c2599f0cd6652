"""Codes that are GTIN and serial: found by their Digital Link before anybody has seen them, and afterwards."""

from __future__ import annotations

import pytest
from tests.identity.minting.minted import Mint, code, on_both, prefix
from tests.ledger.world import supplier

from tallystick.identity import HandleValue, digital_link, resolve
from tallystick.identity.minting import serials
from tallystick.identity.minting.bodies import IssueBatch, Positions, VoidSerials
from tallystick.identity.minting.lookup import IssuedCodes
from tallystick.ledger import public_reader

gtin = "09521234543213"
template = f"/01/{gtin}/21/{{serial}}"


def stating(data: str, **more: object) -> HandleValue:
    return HandleValue.model_validate({"index": 1, "type": "TALLYSTICK.GS1", "data": data, **more})


def led(mint: Mint, path: str) -> list[str]:
    """Which code a link names, as it stands or by its serial alone."""
    codes, link = IssuedCodes(mint.folder), digital_link.parse_path(path)
    with mint.look() as view:
        found = (codes.named(view, public_reader, one, None) for one in (link, link.finest()))
        return sorted({handle for handle in found if handle is not None})


@on_both
def test_a_code_is_found_by_its_link_before_and_after_it_is_seen(mint: Mint) -> None:
    _, told = mint.issue(20, record=(stating(template),))
    _, others = mint.issue(20, "more.ndjson", record=(stating(template),))
    for handle in (told[3], others[4]):
        serial = handle.rpartition("/")[2]
        own = f"/01/{gtin}/21/{serial}"
        assert led(mint, own) == [handle]
        assert led(mint, f"/01/{gtin}/10/LOT-1/21/{serial}") == [handle]
        with mint.look() as view:
            shown = resolve(view, handle, issued=IssuedCodes(mint.folder))
        assert shown is not None
        assert shown.values[0].value == own
    assert code(mint.say("identity.seen/1", mint.seen(told[3]))) == ""
    serial = told[3].rpartition("/")[2]
    assert led(mint, f"/01/{gtin}/21/{serial}") == [told[3]]
    with mint.look() as view:
        shown = resolve(view, told[3])
        stated = view.find("handle-by-gs1", f"/01/{gtin}/21/{serial}")
    assert shown is not None
    assert [value.value for value in shown.values] == [f"/01/{gtin}/21/{serial}"]
    assert [one.name for one in stated] == [told[3]]
    mint.world.audit()


def test_what_no_batch_issued_is_found_by_no_link(mint: Mint) -> None:
    _, told = mint.issue(20, record=(stating(template),))
    serial = told[0].rpartition("/")[2]
    guess = serials.draw("0001", 1)[0].decode()
    for path in (
        f"/01/{gtin}/21/{guess}", f"/01/09506000134352/21/{serial}", f"/01/{gtin}",
        f"/01/{gtin}/21/{serial.lower()}", f"/01/{gtin}/21/SN-1", "/00/106141412345678908",
        f"/01/{gtin}/21/0002{serial[4:]}",
    ):  # fmt: skip
        assert led(mint, path) == []


def test_a_key_that_is_not_public_is_no_way_in(mint: Mint) -> None:
    _, told = mint.issue(5, record=(stating(template, permissions="1100"),))
    assert led(mint, f"/01/{gtin}/21/{told[0].rpartition('/')[2]}") == []


def test_a_voided_code_is_a_tombstone(mint: Mint) -> None:
    _, told = mint.issue(5, record=(stating(template),))
    every = (Positions(start=0, count=5),)
    void = VoidSerials(prefix=prefix, batch="0001", reason="spoilt", positions=every)
    assert code(mint.say("identity.void/1", void)) == ""
    (handle,) = led(mint, f"/01/{gtin}/21/{told[0].rpartition('/')[2]}")
    with mint.look() as view:
        shown = resolve(view, handle, issued=IssuedCodes(mint.folder))
    assert shown is not None
    assert shown.deleted is not None


@pytest.mark.parametrize(
    "data",
    [f"/01/{gtin}/21/X{{serial}}", f"/01/{gtin}/10/{{serial}}", f"/01/{gtin}/10/{{serial}}/21/{{serial}}",
     "/01/09521234543214/21/{serial}", "{serial}", "/00/{serial}", "/8003/09521234543213{serial}",
     f"/21/{{serial}}/01/{gtin}", f"/01/{gtin}/21/{{serial}}?x=1"],
)  # fmt: skip
def test_templates_that_state_no_key_are_refused(mint: Mint, data: str) -> None:
    body = IssueBatch(prefix=prefix, batch="0001", count=7, root="ab" * 32, record=(stating(data),))
    assert code(mint.say("identity.batch/1", body)) == "link-value-refused"


def test_anothers_batch_that_states_the_same_gtin_takes_no_code(mint: Mint) -> None:
    _, told = mint.issue(5, record=(stating(template),))
    foreign = IssueBatch(
        prefix="99.100.2", batch="0001", count=7, root="ab" * 32, record=(stating(template),)
    )
    assert code(mint.say("identity.batch/1", foreign, supplier)) == ""
    assert led(mint, f"/01/{gtin}/21/{told[0].rpartition('/')[2]}") == [told[0]]
