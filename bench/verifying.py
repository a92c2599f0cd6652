"""A certificate of 65 transfers in one file, verified by the page in a real Chromium.

The reference is that browser's bare verification (WebCrypto) of as many signatures as the file has.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from bench.context import Bench
from bench.measure import Result, Row, Skipped
from tests.app.pages import browser

from tallystick.app import verifier_page
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import forms
from tallystick.app.demo.story import perform
from tallystick.app.settings import Settings
from tallystick.ledger import InvariantError, auditor_reader, log_verifier
from tallystick.ledger.bundle import Request, open_bundle

name = "bundle of a 65-transfer certificate verified in Chromium"
wait_s = 60
bare = """
(async () => {
  const message = new Uint8Array(400);
  const signed = async (algorithm, curve) => {
    const key = await crypto.subtle.generateKey(curve ?? algorithm, true, ["sign", "verify"]);
    const signature = await crypto.subtle.sign(algorithm, key.privateKey, message);
    return [algorithm, key.publicKey, signature, message];
  };
  const firm = await signed({ name: "Ed25519" });
  const person = await signed(
    { name: "ECDSA", hash: "SHA-256" }, { name: "ECDSA", namedCurve: "P-256" });
  const began = performance.now();
  for (let n = 0; n < FIRMS; n++) await crypto.subtle.verify(...firm);
  for (let n = 0; n < PEOPLE; n++) await crypto.subtle.verify(...person);
  return performance.now() - began;
})()
"""


def rows(bench: Bench) -> Iterator[Result]:
    if browser.find() is None:
        yield Skipped(name, "no Chromium here")
        return
    try:
        verifier_page.shipped()
    except verifier_page.PageMissing as error:
        yield Skipped(name, error.title)
        return
    yield _row(bench)


def _row(bench: Bench) -> Row:
    file, vkey, signatures, people = _certificate(bench)
    seconds: list[float] = []
    first_s = 0.0
    with browser.tab() as tab:
        tab.call("DOM.enable")
        for _ in range(2 * bench.scale.rounds + 1):
            taken = _verified(tab, file, vkey)
            first_s = first_s or taken
            seconds.append(taken)
        told = tab.call(
            "Runtime.evaluate",
            expression=bare.replace("FIRMS", str(signatures - people)).replace(
                "PEOPLE", str(people)
            ),
            awaitPromise=True,
            returnByValue=True,
        )
    bare_ms = float(told["result"]["value"])
    details: dict[str, float | str] = {
        "bytes": file.stat().st_size,
        "signatures": signatures,
        "first in a new browser, ms": round(1000 * first_s),
    }
    against = "WebCrypto in the same browser verifying as many signatures of the same suites"
    return Row(name, 1000 * statistics.median(seconds), bare_ms, "ms", against, details=details)


def _certificate(bench: Bench) -> tuple[Path, str, int, int]:
    """The demo's certificate in a file, the log's verifier key, how many signatures are in it, and of people."""
    home = bench.new_folder()
    settings = Settings(home=home, database_url="")
    perform(settings, lambda _zh, _en: None)
    node = Node.at(settings)
    shown = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    asked = [Request.of("certificate", certificate=shown["certificates"][0])]
    with node.reader.open() as snapshot:
        data = make(snapshot, auditor_reader, asked)
        vkey = log_verifier(snapshot.view).encode()
    file = home / "certificate.tally"
    file.write_bytes(data)
    held = open_bundle(data, read_pins(vkey), forms).entries.values()
    keys = [one.keyid for entry in held for one in entry.envelope.signatures]
    return file, vkey, len(keys), sum("/L-" not in key for key in keys)


def _verified(tab: browser.Tab, file: Path, vkey: str) -> float:
    """Seconds that the page says it took, on a page opened for it."""
    tab.open((verifier_page.folder() / verifier_page.index_file).as_uri())
    tab.value(f"document.getElementById('pins').value = {json.dumps(vkey)}")
    document = tab.call("DOM.getDocument")["root"]["nodeId"]
    node = tab.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)
    end = monotonic() + wait_s
    found: Any = None
    while not found:
        if monotonic() > end:
            raise InvariantError("the page says nothing")
        sleep(0.01)
        found = tab.value("({...document.querySelector('.is-good.verdict')?.dataset}).seconds")
    return float(found)
