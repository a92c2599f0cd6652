"""`python -m bench`: what is fast, each hot path beside a reference measured in the same run.

--quick takes little of everything, for the shape of the results only; --long goes on to 10^6 entries. What
is measured alone (--only) is put into the file among the rows that are there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import (
    anchoring,
    answering,
    append,
    as_of,
    audits,
    bundles,
    calendars,
    capturing,
    certificates,
    certifying,
    cosigning,
    credentials,
    devices,
    documents,
    events,
    exporting,
    financing,
    heads,
    holdings,
    items,
    keys,
    labels,
    limiting,
    linking,
    machines,
    matching,
    minting,
    mirroring,
    naming,
    papers,
    posting,
    prefixes,
    proofs,
    reads,
    records,
    report,
    resolving,
    serving,
    settlement,
    sharing,
    statements,
    tile_serving,
    together,
    verifying,
    webhooks,
)
from bench.context import Bench, Scale
from bench.measure import Result
from rich.console import Console

Rows = Callable[[Bench], Iterator[Result]]


def _http(bench: Bench) -> Iterator[Result]:
    yield from serving.rows(bench)
    yield from posting.rows(bench)


paths: dict[str, Rows] = {
    "append": append.rows,
    "audit": audits.rows,
    "certificates": certificates.rows,
    "holdings": holdings.rows,
    "together": together.rows,
    "capture": capturing.rows,
    "http": _http,
    "native": answering.rows,
    "proof": proofs.rows,
    "handles": resolving.rows,
    "tiles": tile_serving.rows,
    "witness": cosigning.rows,
    "heads": heads.rows,
    "quorum": certifying.rows,
    "anchor": anchoring.rows,
    "export": exporting.rows,
    "mirror": mirroring.rows,
    "bundle": bundles.rows,
    "epcis": events.rows,
    "item": items.rows,
    "names": naming.rows,
    "labels": labels.rows,
    "devices": devices.rows,
    "records": records.rows,
    "as-of": as_of.rows,
    "keys": keys.rows,
    "link": linking.rows,
    "prefixes": prefixes.rows,
    "documents": documents.rows,
    "matching": matching.rows,
    "minting": minting.rows,
    "machines": machines.rows,
    "reads": reads.rows,
    "calendars": calendars.rows,
    "papers": papers.rows,
    "sharing": sharing.rows,
    "settlement": settlement.rows,
    "financing": financing.rows,
    "bids": financing.bid_rows,
    "limits": limiting.rows,
    "evidence": financing.evidence_rows,
    "statements": statements.rows,
    "webhooks": webhooks.rows,
    "credentials": credentials.rows,
    "verifier": verifying.rows,
}
results_file = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for; raises if anything that is measured does not work."""
    parser = _parser()
    options = parser.parse_args(arguments)
    chosen = [path for path in paths if path in (options.only or paths)]
    scale = Scale.chosen(quick=options.quick, long=options.long)
    told = tuple(name for name in ("quick", "long") if getattr(options, name))
    written = report.Report(options.out, told)
    try:
        written.kept(chosen)
    except report.OtherFigures as error:
        parser.error(str(error))
    console, taken = Console(), dict[str, list[Result]]()
    with Bench.run(scale) as bench:
        for name in chosen:
            began = time.monotonic()
            taken[name] = []
            for result in paths[name](bench):
                report.show(console, result)
                taken[name].append(result)
            console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/dim]\n")
    written.write(taken, list(paths))
    console.print(f"written to {options.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="little of everything")
    size.add_argument("--long", action="store_true", help="also 10^6 entries (much longer)")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(paths),
        metavar="NAME",
        help="these paths, whose rows take the place of the older ones: " + ", ".join(paths),
    )
    parser.add_argument("--out", type=Path, default=results_file, help="where to write the JSON")
    return parser
