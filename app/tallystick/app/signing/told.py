"""What is sent about drafts and hand-overs, and what a browser gets: bytes in base64, and words to read them by."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tallystick.app.pages import acts
from tallystick.app.pages.language import Language, translate
from tallystick.app.pages.records import firm_names
from tallystick.app.signing.desk import Draft
from tallystick.identity import UnknownParty, speaker
from tallystick.ledger import Entry, Handle, KeyRecord, KeyRef, View, canonical

request_bytes_max = 2 << 20
token_chars = 43
#: So many values of a body get words beside them; of those beyond, the bytes alone are shown.
texts_max = 500

_uuid7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

Token = Annotated[str, Field(pattern=rf"^[A-Za-z0-9_-]{{{token_chars}}}$")]
Base64 = Annotated[str, Field(max_length=request_bytes_max, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Sent(BaseModel):
    """Base of what comes over HTTP: closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wish(Sent):
    """Which entry to draft; `author` is whoever is logged in.

    `fields`: its fields are signed one by one, so that some can be shown without the others. `id`: of the entry,
    where something attached names it; else the node makes one.
    """

    type: Annotated[str, Field(max_length=100)]
    body: dict[str, Any]
    author: Handle | None = None
    fields: bool = False
    id: Annotated[str, Field(pattern=_uuid7)] | None = None


class HandedOver(Sent):
    """A draft, as it was answered, that shall be signed on another device."""

    payload: Base64
    body: Base64
    salt: Base64


class Look(Sent):
    token: Token


class WebAuthnTold(Sent):
    authenticatorData: Base64
    clientDataJSON: Base64


class SignatureTold(Sent):
    """One row of an envelope's signatures (formats §2)."""

    keyid: KeyRef
    sig: Base64
    webauthn: WebAuthnTold | None = None


class Signed(Sent):
    token: Token
    signature: SignatureTold


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def draft_told(draft: Draft, view: View, language: Language, host: str) -> dict[str, Any]:
    """The bytes to sign, the keys that may, the words of everything in the body, and for whom its cited entries speak."""
    bodies = [draft.body, *(one.body for one in draft.cited)]
    words = reading_words(bodies, view, language)
    name = firm_names(view, language)
    for one in draft.cited:
        author = Entry.parse(one.payload).author
        try:
            words["names"][author] = name(speaker(view, author).organisation)
        except UnknownParty:  # Governors of a log speak for no organisation.
            continue
    return {
        "payload": encoded(draft.entry.payload()),
        "body": encoded(draft.body),
        "salt": encoded(draft.salt),
        "title": translate(language, acts.title(draft.entry.type)),
        "keys": [key_told(one, host) for one in draft.keys],
        "together": draft.together,
        "apart": draft.apart,
        "currency": draft.currency,
        "cited": [
            {
                "payload": encoded(one.payload),
                "body": encoded(one.body),
                "salt": encoded(one.salt),
                "title": translate(language, acts.title(one.type)),
            }
            for one in draft.cited
        ],
        **words,
    }


def reading_words(bodies: list[bytes], view: View, language: Language) -> dict[str, Any]:
    """How to call members and codes of these bodies, and whose handles stand in them."""
    members: set[str] = set()
    texts: set[str] = set()
    for data in bodies:
        _gather(canonical.decode_object(data), members, texts)
    texts = set(sorted(texts)[:texts_max])
    name = firm_names(view, language)
    firms = {text: name(text) for text in texts if view.get("organisation", text) is not None}
    return {
        "labels": _words(members, acts.label, language),
        "values": {
            text: translate(language, word) for text in texts if (word := acts.values.get(text))
        },
        "names": firms,
    }


def key_told(key: KeyRecord, host: str) -> dict[str, Any]:
    """`kind`: passkey or plain; a passkey signs where its site is (`here`)."""
    told: dict[str, Any] = {
        "reference": key.reference,
        "kty": "OKP" if key.public.suite == "ed25519" else "EC",
        "kind": "plain",
        "jwk": key.public.plain().jwk(),
    }
    if key.public.passkey is not None:
        site = key.public.passkey.rp_id
        told |= {
            "kind": "passkey",
            "rp_id": site,
            "here": host == site or host.endswith(f".{site}"),
        }
    return told


def _gather(told: object, members: set[str], texts: set[str]) -> None:
    if isinstance(told, Mapping):
        for name, value in told.items():
            members.add(str(name))
            _gather(value, members, texts)
    elif isinstance(told, list):
        for value in told:
            _gather(value, members, texts)
    elif isinstance(told, str):
        texts.add(told)


def _words(codes: set[str], say: Callable[[str], str], language: Language) -> dict[str, str]:
    return {code: translate(language, say(code)) for code in sorted(codes)}
