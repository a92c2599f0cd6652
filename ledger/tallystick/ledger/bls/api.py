"""The HTTP route by which a witness signs quorum certificates (formats §3)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tallystick.ledger.bls.errors import NoSecret
from tallystick.ledger.bls.sharing import CertificateSigner
from tallystick.ledger.bls.text import shown
from tallystick.ledger.note import Note, note_bytes_max
from tallystick.ledger.receiving import read_limited


def router(signer: CertificateSigner | None, prefix: str = "") -> APIRouter:
    """The route of a running witness, below `prefix`; a witness without a BLS key refuses."""
    routes = APIRouter(prefix=prefix, tags=["witness"])

    @routes.post("/sign-quorum", summary="Sign a cosigned checkpoint for a quorum certificate")
    async def sign_quorum(request: Request) -> Response:
        """The body is the note, with this witness's cosignature; the answer base64 of 96 bytes."""
        data = await read_limited(request, note_bytes_max)
        if signer is None:
            raise NoSecret
        share = await run_in_threadpool(signer.share, Note.read(data))
        return Response(f"{shown(share)}\n", media_type="text/plain; charset=utf-8")

    return routes
