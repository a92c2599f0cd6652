"""A device asks to be enrolled: it makes its key, shows that it has it, and signs what a person approved.

Rules:
- The token stands behind `#` in the address that was scanned, and goes to the node in a body, never in an address.
- What the person approved is signed only if it names this very key, the organisation and the class that the
  invitation showed, and the log that it showed; else `EnrolmentForeign`, and nothing is signed.
- The network has no part in it but to carry: whatever is asked again is answered alike, and a device that was off
  goes on where it was.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.identity import devices
from tallystick.ledger import (
    Entry,
    Envelope,
    PrivateKey,
    TallystickError,
    body_hash,
    pae,
)

timeout_s = 20.0
answer_bytes_max = 1 << 20
address_path = "/scan/enrol"
pause_s_default = 2.0
_text = Field(max_length=300)
M = TypeVar("M", bound=BaseModel)


class InvitationRefused(TallystickError):
    code = "invitation-refused"
    status = 400
    title = "This is no invitation for a device"
    advice = "Scan the code that your administrator shows, or copy its whole address, with what is behind `#`."


class EnrolmentAway(TallystickError):
    code = "enrolment-away"
    status = 503
    title = "The node cannot be reached, or does not answer"
    advice = "Run the command again when the network is back: the key and the request are kept."


class EnrolmentDeclined(TallystickError):
    code = "enrolment-declined"
    status = 409
    title = "The node did not go on with this enrolment"
    advice = "Look at what it says; for most of it, ask your administrator for a new invitation."


class EnrolmentForeign(TallystickError):
    code = "enrolment-foreign"
    status = 409
    title = "What was approved is not what this device asked for"
    advice = (
        "Nothing was signed. Tell your administrator: somebody between you changed what was asked."
    )


@dataclass(frozen=True, slots=True)
class Address:
    """`node`: where the node is; `token`: what the invitation is known by."""

    node: str
    token: str


class Invitation(BaseModel):
    """What the node says of an invitation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = _text
    origin: str = _text
    organisation: str = _text
    name: dict[str, str] = Field(default_factory=dict)
    purpose: str = _text
    expires: str = _text


class ApprovedEntry(BaseModel):
    """What a person signed, in base64."""

    envelope: str = Field(max_length=200_000)
    body: str = Field(max_length=200_000)
    salt: str = Field(max_length=100)


class Status(BaseModel):
    """How a request stands."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = _text
    state: Literal["invited", "requested", "approved", "enrolled", "refused", "expired"]
    device: str | None = None
    index: int | None = None
    key: str | None = None
    entry: ApprovedEntry | None = None


def read_address(text: str) -> Address:
    """The node and the token in what a code says; raises `InvitationRefused`."""
    try:
        parts = urlsplit(text.strip())
        tokens = parse_qs(parts.fragment).get("t", [])
    except ValueError as error:
        raise InvitationRefused(str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(tokens) != 1:
        raise InvitationRefused("it is no address with a token")
    if not parts.path.endswith(address_path) or parts.query or parts.username:
        raise InvitationRefused(f"its path does not end in {address_path}")
    return Address(
        f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(address_path)}", tokens[0]
    )


class NodeClient:
    """A node over HTTP, as an enrolling device asks it."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._url = url.rstrip("/")
        self._client = client or httpx.Client(timeout=timeout_s, trust_env=False)

    def look(self, token: str) -> Invitation:
        return _read(Invitation, self._ask("POST", "invitations/look", {"token": token}))

    def request(self, told: Mapping[str, object]) -> Status:
        return _read(Status, self._ask("POST", "requests", told))

    def renew(self, told: Mapping[str, object]) -> Status:
        return _read(Status, self._ask("POST", "renewals", told))

    def status(self, known: str) -> Status:
        return _read(Status, self._ask("GET", f"requests/{known}"))

    def sign(self, known: str, signature: bytes, by_old: bytes | None = None) -> Status:
        told = {"signature": base64.b64encode(signature).decode()}
        if by_old is not None:
            told["by_old"] = base64.b64encode(by_old).decode()
        return _read(Status, self._ask("POST", f"requests/{known}/signature", told))

    def _ask(self, method: str, path: str, told: Mapping[str, object] | None = None) -> Any:
        """Raises `EnrolmentAway` for what may be better later, `EnrolmentDeclined` for what is not."""
        address = f"{self._url}/v1/devices/{path}"
        try:
            answer = self._client.request(method, address, json=told)
            document = answer.json() if len(answer.content) <= answer_bytes_max else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise EnrolmentAway(f"{address}: {str(error) or type(error).__name__}") from None
        if not isinstance(document, dict) or answer.status_code >= 500:
            raise EnrolmentAway(f"{address} answered {answer.status_code}")
        if answer.status_code >= 400:
            said = f"{document.get('code')}: {document.get('title')}. {document.get('advice', '')}"
            raise EnrolmentDeclined(said.strip(), problem_code=document.get("code"))
        return document


@dataclass
class Enrolling:
    """One device with its key; `factory` signs for a key with the factory's own, and gives the proof."""

    node: NodeClient
    key: PrivateKey
    factory: Callable[[Mapping[str, str]], bytes] | None = None

    @property
    def digits(self) -> str:
        """What the person who approves compares."""
        return devices.spoken(self.key.public.jwk())

    def ask(self, token: str, name: str, invitation: Invitation) -> Status:
        """Use the invitation. Raises `EnrolmentAway` or `EnrolmentDeclined`."""
        jwk = self.key.public.jwk()
        message = devices.request_message(invitation.origin, token, name, jwk)
        told: dict[str, object] = {
            "token": token,
            "name": name,
            "jwk": jwk,
            "signature": base64.b64encode(self.key.sign(message)).decode(),
        }
        if self.factory is not None:
            told["factory"] = base64.b64encode(self.factory(jwk)).decode()
        return self.node.request(told)

    def go_on(self, invitation: Invitation, known: str) -> Status:
        """One step: how the request stands, after signing what was approved in the meantime."""
        found = self.node.status(known)
        if found.state != "approved" or found.entry is None:
            return found
        return self._sign(known, self._message(found.entry, invitation))

    def wait(
        self,
        invitation: Invitation,
        known: str,
        *,
        steps: int,
        pause_s: float = pause_s_default,
        sleep: Callable[[float], None] = time.sleep,
        waiting: Callable[[int], None] = lambda _step: None,
    ) -> Status:
        """Until it is enrolled, refused or expired; the last state after so many steps. Waits out a node that is away."""
        away: EnrolmentAway | None = None
        found: Status | None = None
        for step in range(steps):
            try:
                found, away = self.go_on(invitation, known), None
            except EnrolmentAway as error:
                away = error
            if found is not None and found.state in ("enrolled", "refused", "expired"):
                return found
            waiting(step)
            if step + 1 < steps:
                sleep(pause_s)
        if found is None or away is not None:
            raise away or EnrolmentAway(known)
        return found

    def _sign(self, known: str, message: bytes) -> Status:
        return self.node.sign(known, self.key.sign(message))

    def _message(self, approved: ApprovedEntry, invitation: Invitation) -> bytes:
        """The bytes to sign; raises `EnrolmentForeign` unless they say what this device asked for."""
        payload, said = opened(approved, invitation.origin, devices.enrol_type, devices.EnrolDevice)
        require_asked(
            (said.jwk, self.key.public.jwk()),
            (said.organisation, invitation.organisation),
            (said.purpose, invitation.purpose),
            (said.key.partition(":")[2], said.device),
        )
        return pae(payload)


def opened(
    approved: ApprovedEntry, origin: str, entry_type: str, model: type[M]
) -> tuple[bytes, M]:
    """Payload and body of an entry of this log and type; raises `EnrolmentForeign`."""
    try:
        payload = Envelope.parse(_canonical(approved.envelope)).payload
        entry = Entry.parse(payload)
        body, salt = base64.b64decode(approved.body), base64.b64decode(approved.salt)
        said = model.model_validate_json(body)
    except (TallystickError, ValueError) as error:
        raise EnrolmentForeign(f"it cannot be read: {error}") from None
    require_asked(
        (entry.type, entry_type),
        (entry.origin, origin),
        (entry.body_hash, body_hash(salt, body)),
    )
    return payload, said


def require_asked(*pairs: tuple[object, object]) -> None:
    """Each: what is said, and what was asked for. Raises `EnrolmentForeign`."""
    for told, asked in pairs:
        if told != asked:
            raise EnrolmentForeign(f"it says {told}, not {asked}")


def _canonical(text: str) -> bytes:
    """The envelope as a node keeps it, its members in order."""
    return orjson.dumps(orjson.loads(base64.b64decode(text)), option=orjson.OPT_SORT_KEYS)


def _read(model: type[M], document: object) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise EnrolmentAway(f"the answer has another form: {error.error_count()} faults") from None
