"""Labels drawn and read back, beside the bare QR library."""

from __future__ import annotations

from collections.abc import Iterator

import qrcode
from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate
from bench.pens import prefix

from tallystick.ledger import InvariantError
from tallystick.scanners import Label, decode, handle_of, label_png, label_url

base_url = "https://tallystick.example"


def rows(bench: Bench) -> Iterator[Result]:
    handles = [f"{prefix}/SN-{n:06d}" for n in range(max(5, bench.scale.few // 10))]
    images = [label_png(Label(handle, "电池包"), base_url).data for handle in handles]
    spent = in_turn(
        bench.scale.rounds,
        drawn=lambda: len([label_png(Label(h, "电池包"), base_url) for h in handles]),
        bare=lambda: len([qrcode.make(label_url(base_url, h)) for h in handles]),
        read=lambda: _read(images, handles),
    )
    drawn, read = median_rate(spent["drawn"]), median_rate(spent["read"])
    yield Row(
        "label drawn as PNG and decoded back",
        1 / (1 / drawn + 1 / read),
        median_rate(spent["bare"]),
        "labels/s",
        "qrcode.make of the same text, drawn only",
        details={"drawn/s": round(drawn), "decoded/s": round(read)},
    )


def _read(images: list[bytes], handles: list[str]) -> int:
    for image, handle in zip(images, handles, strict=True):
        if [handle_of(code.text, [base_url]) for code in decode(image)] != [handle]:
            raise InvariantError(handle)
    return len(images)
