"""Approving from a command line: the entry is made and signed where the person's key is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.devices import renewing
from tallystick.app.devices.enrolments import Enrolments, told
from tallystick.app.devices.writing import handle_under
from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import encoded
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentNotWaiting
from tallystick.app.files import read_bytes
from tallystick.app.settings import Settings
from tallystick.identity import RotateKey, devices, rotate_type
from tallystick.ledger import (
    Author,
    PrivateKey,
    SigningKey,
    SystemClock,
    TallystickError,
)

timeout_s = 20.0


class NodeSaid(TallystickError):
    code = "device-node-said"
    status = 502
    title = "The node did not go on with this request"
    advice = "Look up the code that it names in the table of errors."


class Desk(Protocol):
    """Where requests lie."""

    def status(self, known: str) -> dict[str, Any]: ...

    def origin(self) -> str: ...

    def approve(self, known: str, told: dict[str, Any]) -> None: ...


class Here:
    """In this node's own database."""

    def __init__(self, enrolments: Enrolments) -> None:
        self._enrolments = enrolments

    def status(self, known: str) -> dict[str, Any]:
        return dict(told(self._enrolments.by_id(known)))

    def origin(self) -> str:
        return self._enrolments.origin

    def approve(self, known: str, told: dict[str, Any]) -> None:
        self._enrolments.approve(known, asked.read(asked.Approval, orjson.dumps(told)))


class There:
    """At a node that runs."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._url = url.rstrip("/")
        self._client = client or httpx.Client(timeout=timeout_s, trust_env=False)

    def status(self, known: str) -> dict[str, Any]:
        return self._ask("GET", f"/v1/devices/requests/{known}")

    def origin(self) -> str:
        governed = self._ask("GET", "/log/governance")
        genesis = governed["entries"][0]["envelope"]["payload"]
        return str(orjson.loads(asked.decoded(genesis))["origin"])

    def approve(self, known: str, told: dict[str, Any]) -> None:
        self._ask("POST", f"/v1/devices/requests/{known}/approval", told)

    def _ask(self, method: str, path: str, told: object = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, self._url + path, json=told)
            document = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NodeSaid(f"{self._url}: {str(error) or type(error).__name__}") from None
        if answer.status_code >= 400 or not isinstance(document, dict):
            said = document if isinstance(document, dict) else {}
            raise NodeSaid(f"{said.get('code', answer.status_code)}: {said.get('detail', '')}")
        return document


def desk(here: Callable[[], Enrolments], url: str) -> Desk:
    return There(url) if url else Here(here())


def approve(
    where: Desk,
    found: dict[str, Any],
    author: str,
    key: Path | None,
    device: str,
    prefix: str,
) -> str:
    """Sign for what was shown, and send it; the device's handle. Raises `EnrolmentMalformed` and what the desk says."""
    if "jwk" not in found:
        raise EnrolmentNotWaiting("no device has asked yet")
    body = _renewing(found, device) if "renews" in found else _enrolling(found, device, prefix)
    if devices.spoken(body.jwk) != found["digits"]:
        raise EnrolmentMalformed("the node shows other digits than this key has")
    by = Author(where.origin(), author.partition(":")[2], _signing(author, key), SystemClock())
    made = by.write(rotate_type if "renews" in found else devices.enrol_type, body)
    told = {
        "envelope": orjson.loads(made.envelope),
        "body": encoded(made.body),
        "salt": encoded(made.salt),
    }
    where.approve(found["id"], told)
    return body.key.partition(":")[2]


def _enrolling(found: dict[str, Any], device: str, prefix: str) -> devices.EnrolDevice:
    handle = device or (handle_under(prefix) if prefix else "")
    if not handle:
        raise EnrolmentMalformed("device: give --device, or the --prefix under which one is made")
    members = {
        "device": handle,
        "organisation": found["organisation"],
        "purpose": found["purpose"],
        "key": f"300:{handle}",
        "jwk": found["jwk"],
        "replaces": found.get("replaces"),
        "factory": found.get("factory"),
    }
    return asked.checked(devices.EnrolDevice, members)


def _renewing(found: dict[str, Any], device: str) -> RotateKey:
    if device not in ("", found["device"]):
        raise EnrolmentMalformed(f"device: it is {found['device']} that asks for a fresh key")
    members = {
        "old": found["renews"], "key": found["key"], "jwk": found["jwk"],
        "types": tuple(found["types"]), "custody": renewing.custody,
    }  # fmt: skip
    return asked.checked(RotateKey, members)


def _signing(reference: str, key: Path | None) -> SigningKey:
    if key is None:
        return Node.existing(Settings()).keys.get(reference)
    return SigningKey(reference, PrivateKey.from_pem(read_bytes(key)))
