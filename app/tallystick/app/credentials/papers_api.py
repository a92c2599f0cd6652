"""Routes by which a browser issues, declares, presents and verifies; the organisation's key stays in it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.access import Reading
from tallystick.app.credentials import papers
from tallystick.app.credentials.errors import CredentialFileRefused
from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.presented import PresentationFile, file_bytes_max, media_type
from tallystick.app.pages import refusals
from tallystick.app.pages.language import choose
from tallystick.app.problems import log_refused, problem_type
from tallystick.identity import Directory
from tallystick.identity.credentials import (
    Credential,
    Day,
    MaterialDeclaration,
    Packed,
    Qualification,
    end_of,
    errors,
    nonce_of,
)
from tallystick.ledger import Handle, KeyRef, NotReadable, TallystickError
from tallystick.ledger.bundle import BundleRefused

_digest = r"^[0-9a-f]{64}$"
_private = "private, no-store"
sd_jwt_chars_max = 1 << 20
F = TypeVar("F", bound=BaseModel)


class _InWords(APIRoute):
    """Refusals come in the language of whoever reads the page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except TallystickError as error:
                log_refused(error, request.url.path)
                told, words = error.problem(), refusals.in_words(error.code, choose(request))
                if words is not None:
                    told |= {"title": words[0], "advice": words[1]}
                return JSONResponse(told, error.status, media_type=problem_type)

        return handle


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CertificateDraft(_Sent):
    """`key`: of your organisation; it will sign what is answered. `said`: the members of a certificate."""

    key: KeyRef
    holder: Handle
    holder_key: KeyRef | None = None
    said: dict[str, Any]


class DeclarationDraft(_Sent):
    """`said`: the members of a declaration."""

    key: KeyRef
    expires: Day | None = None
    said: dict[str, Any]


class Bound(_Sent):
    """The fields that are shown, with the key-binding JWT."""

    sd_jwt: Annotated[str, Field(max_length=sd_jwt_chars_max)]
    salt: Annotated[str, Field(pattern=_digest)]


class Presented(_Sent):
    """A presentation's file in base64. `nonce`: what you gave the holder; without it a repetition is not noticed."""

    file: Annotated[str, Field(max_length=file_bytes_max // 3 * 4 + 4)]
    nonce: Annotated[str, Field(max_length=200)] = ""


def router(reading: Callable[..., Any], base_url: str) -> APIRouter:
    routes = APIRouter(tags=["credentials"], route_class=_InWords)

    @routes.post("/v1/credentials/drafts", summary="A certificate for your key to sign")
    def draft(
        told: CertificateDraft, response: Response, reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        """`message` is what the key signs; the credential counts once your entry names its digest in the log."""
        response.headers["Cache-Control"] = _private
        _require_own(reading, told.key)
        holder_key = told.holder_key or _first_key(reading, told.holder)
        said = _formed(Qualification, told.said)
        return papers.certificate(
            reading.view, told.key, said, told.holder, holder_key, base_url
        ).told()

    @routes.post("/v1/credentials/declarations", summary="A declaration for your key to sign")
    def declare(
        told: DeclarationDraft, response: Response, reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        response.headers["Cache-Control"] = _private
        _require_own(reading, told.key)
        expires_ms = None if told.expires is None else end_of(told.expires)
        said = _formed(MaterialDeclaration, told.said)
        return papers.declaration(reading.view, told.key, said, expires_ms, base_url).told()

    @routes.get("/v1/credentials/{credential}/whole", summary="A certificate that you hold, whole")
    def whole(
        credential: Annotated[str, Path(pattern=_digest)],
        response: Response,
        reading: Reading = Depends(reading),
    ) -> dict[str, Any]:
        """With the key to which it is bound, which alone presents it."""
        response.headers["Cache-Control"] = _private
        now = now_ms(reading.view)
        return papers.whole(reading.snapshot, reading.reader, credential, now)

    @routes.post(
        "/v1/credentials/{credential}/presentations",
        summary="The file for one buyer",
        response_class=Response,
    )
    def present(
        credential: Annotated[str, Path(pattern=_digest)],
        told: Bound,
        reading: Reading = Depends(reading),
    ) -> Response:
        """What your key bound, with its proof from the log: verified first, as the buyer will."""
        packed = Packed(Credential.parse(told.sd_jwt), bytes.fromhex(told.salt))
        now = now_ms(reading.view)
        data = papers.finished(reading.snapshot, reading.reader, credential, packed, now)
        name = f'attachment; filename="{credential[:16]}.json"'
        headers = {"Content-Disposition": name, "Cache-Control": _private}
        return Response(data, headers=headers, media_type=media_type)

    @routes.post("/v1/presentations/verify", summary="Verify what was presented to you")
    def verify(
        told: Presented, response: Response, reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        """By this node's log, as it stands now. Without a network `tallystick credential verify` does it."""
        response.headers["Cache-Control"] = _private
        buyer = _own(reading)
        file = PresentationFile.parse(_file(told.file))
        nonce = told.nonce or nonce_of(file.packed.credential)
        now = now_ms(reading.view)
        try:
            found = papers.verified(reading.snapshot, file, buyer, nonce, now)
        except BundleRefused as error:
            raise errors.CredentialMalformed(f"its proof: {error.code}") from None
        return papers.told(found)

    return routes


def _own(reading: Reading) -> str:
    """The organisation that asks. Raises `NotReadable`."""
    own = reading.reader.lists_of()
    if own is None:
        raise NotReadable("log in for your organisation")
    return own


def _require_own(reading: Reading, key: str) -> None:
    """Raises `CredentialKeyRefused`."""
    if key.partition(":")[2] != _own(reading):
        raise errors.CredentialKeyRefused(f"{key} is no key of your organisation")


def _formed(form: type[F], told: dict[str, Any]) -> F:
    """Raises `CredentialFileRefused`, which names what is wrong."""
    try:
        return form.model_validate_json(orjson.dumps(told))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(map(str, wrong["loc"])) or "said"
        raise CredentialFileRefused(f"{where}: {wrong['msg']}") from None


def _first_key(reading: Reading, holder: str) -> str:
    """Raises `CredentialKeyRefused`."""
    for one in Directory().keys_of(reading.view, holder):
        fits = one.until is None and one.public.passkey is None
        if fits and one.may_sign(papers.show_type):
            return one.reference
    raise errors.CredentialKeyRefused(f"{holder} has no key that presents credentials")


def _file(text: str) -> bytes:
    """Raises `CredentialMalformed`."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise errors.CredentialMalformed("the file is not in base64") from None
