"""Deliveries by webhook: composed, signed, sent over HTTP on this machine and written down, beside bare posts there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from bench import pens
from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, in_turn, median_rate

from tallystick.app.bootstrap import Node
from tallystick.app.operations import configure_logs
from tallystick.app.settings import Settings
from tallystick.app.webhooks.hooks import Hook, KeptSecret, Told, Wish
from tallystick.app.webhooks.rounds import Rounds
from tallystick.app.webhooks.signing import Seeds
from tallystick.identity import AddPlaceholder
from tallystick.ledger import DeliveryRow, InvariantError, SystemClock, instant

here = "127.0.0.1"
deliveries_per_few = 5


def rows(bench: Bench) -> Iterator[Result]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        body = AddPlaceholder(organisation="99.100/O-BENCHBENCH000", name={"en": "Bench"})
        said = log.pens.write(pens.core, "identity.placeholder.add/1", body)
        (answer,) = log.append([[said]])
        log.ledger.seal()
    settings = Settings(
        home=folder, database_url=url, verify_processes=0, log_level="error",
        webhook_networks=f"{here}/32",
    )  # fmt: skip
    configure_logs(settings)
    node = Node.at(settings)
    try:
        with _receiver() as address:
            yield _delivered(bench, node, address, answer.index)
    finally:
        node.store.close()


def _delivered(bench: Bench, node: Node, address: str, index: int) -> Row:
    rounds, hook = Rounds(node), _hook(node, address)
    count, made = bench.scale.few * deliveries_per_few, 0

    def deliver() -> int:
        nonlocal made
        planned = [
            DeliveryRow(hook.id, f"{made + number:020d}", index, "waiting")
            for number in range(count)
        ]
        made += count
        with node.store.note() as transaction:
            transaction.webhooks.add(planned)
        done = 0
        while found := rounds.work():
            done += found
        return done

    with httpx.Client(trust_env=False) as client:

        def post() -> int:
            for _ in range(count):
                client.post(address, content=b"x" * 300).raise_for_status()
            return count

        spent = in_turn(bench.scale.rounds, ours=deliver, bare=post)
    with node.store.read() as transaction:
        states = transaction.webhooks.counts(hook.id)
    if set(states) != {"delivered"} or states["delivered"] != made:
        raise InvariantError(f"not all was delivered: {states}")
    return Row(
        "webhook deliveries to one receiver, signed and written down, on SQLite",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "deliveries/s",
        "bare posts of as many bytes to the same receiver, one after the other",
    )


def _hook(node: Node, address: str) -> Hook:
    seeds, clock = Seeds(node.settings.folder), SystemClock()
    secret = KeptSecret(number=0, seed=seeds.current(), since_ms=clock.now_ms())
    told = Told(
        wish=Wish(address=address), by=pens.core, made=instant(clock.now_ms()), secrets=(secret,)
    )
    hook = Hook(f"wh_{'b' * 24}", pens.core, "active", 0, None, told)
    with node.store.write() as transaction:
        transaction.webhooks.make(hook.row())
    return hook


@contextmanager
def _receiver() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer((here, 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{here}:{server.server_address[1]}/in"
    finally:
        server.shutdown()
        server.server_close()
