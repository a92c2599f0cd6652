"""The core enterprise's ERP is told of an entry by a webhook: posted to a receiver on this machine, and verified.

What was received is kept beside the demo's other files, where it is searched for what must not be in it. The webhook
is removed again, since nobody listens there when the demo is served.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.login import Member
from tallystick.app.webhooks.desk import WebhookDesk
from tallystick.app.webhooks.hooks import Wish
from tallystick.app.webhooks.rounds import Rounds
from tallystick.ledger import Clock, InvariantError

received_file = "webhook.ndjson"
body_bytes_max = 64 * 1024
_here = "127.0.0.1"
_officer = Member(
    cast.core.administrator,
    cast.core.handle,
    frozenset({"administrator"}),
    f"300:{cast.core.administrator}",
)


def be_told(node: Node, folder: Path, clock: Clock, since: int) -> int:
    """How many entries from index `since` on the core enterprise was told of, each delivery verified."""
    own = replace(
        node, settings=node.settings.model_copy(update={"webhook_networks": f"{_here}/32"})
    )
    desk, rounds = WebhookDesk(own, clock), Rounds(own, clock)
    with _receiver(folder / received_file) as (port, got):
        wish = Wish(address=f"http://{_here}:{port}/erp", label="ERP", content="body")
        hook, secret = desk.make(_officer, wish)
        with own.store.write() as transaction:
            # What was said before the webhook was made is told too.
            transaction.webhooks.advance(hook.id, hook.next, since)
        rounds.plan()
        while rounds.work():
            pass
        rows = desk.deliveries(hook, limit=100)
        desk.remove(_officer, hook.id)
    unsent = [row for row in rows if row.state != "delivered"]
    if unsent or not got or not all(_is_signed(secret.shown(), *one) for one in got):
        raise InvariantError(f"the webhook was not received: {unsent[:1]}")
    return len(got)


def _is_signed(public: str, headers: dict[str, str], body: bytes) -> bool:
    """As any receiver verifies it (Standard Webhooks, v1a)."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    signature = base64.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


@contextmanager
def _receiver(path: Path) -> Iterator[tuple[int, list[tuple[dict[str, str], bytes]]]]:
    """A port, and what comes there."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            size = min(int(self.headers["content-length"]), body_bytes_max)
            body = self.rfile.read(size)
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            with path.open("ab") as file:
                file.write(body + b"\n")
            self.send_response(204)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with HTTPServer((_here, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1], got
        finally:
            server.shutdown()
            thread.join()
