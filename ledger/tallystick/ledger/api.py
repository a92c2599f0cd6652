"""HTTP routes of the log: the raw way in under /v1, the public C2SP files under /log (formats §10)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from tallystick.ledger import tiles
from tallystick.ledger.audit_anchors import claim_of
from tallystick.ledger.entry import Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.finality import Finality
from tallystick.ledger.heads import public_kinds, require_name
from tallystick.ledger.reader import NotSealed, Snapshot
from tallystick.ledger.readers import NotReadable, Reader
from tallystick.ledger.receipt import receipt_grade, signed_payload
from tallystick.ledger.receiving import declared_size, read_limited
from tallystick.ledger.submission import Answer
from tallystick.ledger.tile_files import File, PublicTiles, respond
from tallystick.ledger.waiting import WaitingRoom
from tallystick.ledger.wire import (
    RequestMalformed,
    read_batch,
    write_answer,
    write_attachment,
)
from tallystick.ledger.witness.quorum import printable

index_max = 2**53 - 1
Index = Annotated[int, Path(ge=0, le=index_max)]
Size = Annotated[int, Query(ge=1, le=index_max)]
for_ever = "max-age=31536000, immutable"
octets = "application/octet-stream"


class Log(Protocol):
    """What the routes need of the running node."""

    def submit(self, submissions: list[Submission]) -> list[Answer]: ...

    def receipt(self, answers: list[Answer]) -> dict[str, object]: ...


class ReadingLog(Protocol):
    """A snapshot, and on whose behalf it is read."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def reader(self) -> Reader: ...


def router(
    log: Log, reading: Callable[..., Any], request_bytes_max: int, public: PublicTiles
) -> APIRouter:
    """The routes over a running log; `reading` is the dependency that gives a `ReadingLog`."""
    routes = APIRouter()
    waiting = WaitingRoom()

    @routes.post(
        "/v1/entries",
        tags=["entries"],
        summary="Send signed entries",
        response_model=dict[str, Any],
    )
    async def post_entries(request: Request) -> Response:
        """One answer per entry, in order, and one receipt for those that are in the log."""
        with waiting.place(declared_size(request, request_bytes_max)):
            rows = read_batch(await read_limited(request, request_bytes_max))
            good = [row for row in rows if isinstance(row, Submission)]
            answers = iter(await waiting.run(partial(log.submit, good)) if good else [])
        told = [
            Answer("", "", problem=r) if isinstance(r, TallystickError) else next(answers)
            for r in rows
        ]
        receipt = log.receipt(told) if any(answer.index >= 0 for answer in told) else None
        results = [write_answer(answer) for answer in told]
        # Encoded here: FastAPI goes through a document of a thousand answers value by value first.
        answered = orjson.dumps({"results": results, "receipt": receipt})
        return Response(answered, media_type="application/json")

    @routes.get(
        "/v1/entries/{index}", tags=["entries"], summary="One entry, as far as you may read it"
    )
    def get_entry(index: Index, reading: ReadingLog = Depends(reading)) -> dict[str, Any]:
        found = reading.snapshot.disclose(index, reading.reader)
        return {
            "index": found.row.index,
            "outcome": found.row.outcome,
            "code": found.row.code,
            "time": found.row.time,
            "leaf_hash": found.row.leaf_hash.hex(),
            "envelope": orjson.loads(found.row.leaf),
            "body": None if found.body is None else base64.b64encode(found.body).decode(),
            "salt": None if found.salt is None else base64.b64encode(found.salt).decode(),
            **({"masked": orjson.loads(found.masked)} if found.masked is not None else {}),
            "attachments": [
                {"hash": a.hash(), "type": a.type, "grade": a.grade, "size": a.size}
                for a in found.attachments
            ],
            "erased": [one.told() for one in reading.snapshot.erased(index)],
        }

    @routes.get(
        "/v1/entries/{index}/attachments/{digest}",
        tags=["entries"],
        summary="An attachment, if you may read it; 410 once it is erased",
    )
    def get_attachment(
        index: Index,
        digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
        response: Response,
        reading: ReadingLog = Depends(reading),
    ) -> dict[str, Any]:
        """As it was sent: type, grade, salt and data, the last two in base64. `attachment-erased` says who, when and why."""
        response.headers["Cache-Control"] = "private, no-store"
        return write_attachment(reading.snapshot.attachment(index, digest, reading.reader))

    @routes.get(
        "/log/governance", tags=["log"], summary="Genesis and every act of governance, with bodies"
    )
    def get_governance(reading: ReadingLog = Depends(reading)) -> dict[str, Any]:
        """What leads from a pinned log key to policy and key in force; prove each by `/log/proof/{index}`."""
        rows = [
            {
                "index": one.index,
                "envelope": orjson.loads(one.leaf),
                "body": base64.b64encode(one.body).decode(),
                "salt": base64.b64encode(one.salt).decode(),
            }
            for one in reading.snapshot.chain()
        ]
        return {"entries": rows}

    @routes.get(
        "/v1/receipts/{entry_id}",
        tags=["entries"],
        summary="The receipt of an entry again, and its grade now",
    )
    def get_receipt(
        entry_id: str,
        author: Annotated[str, Query(max_length=300)],
        reading: ReadingLog = Depends(reading),
    ) -> dict[str, object]:
        """Grades: durable, replicated, sealed, witnessed, final, anchored. `proof` (C2SP tlog-proof) is there once it is final."""
        row = reading.snapshot.row_by_id(author, entry_id)
        receipt = log.receipt([Answer.of(row)])
        now = graded(reading.snapshot, row.index)
        if now["grade"] == "durable":
            # Whether standbys have it, the one who appends knows.
            now["grade"] = receipt_grade(signed_payload(receipt))
        return {"receipt": receipt, "now": now}

    @routes.get(
        "/log/checkpoint",
        tags=["log"],
        summary="The newest final checkpoint; the newest one while none is final (C2SP signed note)",
    )
    def get_checkpoint(request: Request, reading: ReadingLog = Depends(reading)) -> Response:
        return _note(request, reading.snapshot.published_checkpoint())

    @routes.get(
        "/log/checkpoint/newest",
        tags=["log"],
        summary="The newest checkpoint, with the cosignatures that it has so far",
    )
    def get_newest_checkpoint(request: Request, reading: ReadingLog = Depends(reading)) -> Response:
        return _note(request, reading.snapshot.checkpoint())

    @routes.get(
        "/log/finality", tags=["log"], summary="How far the log is final, and why not further"
    )
    def get_finality(reading: ReadingLog = Depends(reading)) -> dict[str, Any]:
        return reading.snapshot.finality().told()

    @routes.get("/log/tile/entries/{path:path}", tags=["log"], summary="A bundle of entries (C2SP)")
    def get_bundle(path: str, request: Request, reading: ReadingLog = Depends(reading)) -> Response:
        _, n, width = tiles.parse_path(f"entries/{path}")
        found = File.of(reading.snapshot.entry_bundle(n, width, reading.reader))
        return respond(request, found, octets, f"private, {for_ever}", vary="Authorization, Cookie")

    @routes.get("/log/tile/{path:path}", tags=["log"], summary="A tile of hashes (C2SP)")
    async def get_tile(path: str, request: Request) -> Response:
        """From memory without a thread: most requests are for tiles that will never change."""
        level, n, width = tiles.parse_path(path)
        found = public.known(int(level), n, width)
        if found is None:
            found = await run_in_threadpool(public.read, int(level), n, width)
        return respond(request, found, octets, f"public, {for_ever}")

    @routes.get(
        "/log/proof/{index}", tags=["log"], summary="Proof file of an entry (C2SP tlog-proof)"
    )
    def get_proof(index: Index, reading: ReadingLog = Depends(reading)) -> Response:
        proof = reading.snapshot.proof_file(index)
        return Response(proof.encode(), media_type="text/plain; charset=utf-8")

    @routes.get(
        "/log/anchor/{index}", tags=["log"], summary="Where an entry is anchored on a chain"
    )
    def get_anchor(index: Index, reading: ReadingLog = Depends(reading)) -> dict[str, Any]:
        """The first confirmed anchor that covers it, as `anchor.json`, and its proof under that checkpoint."""
        row, proof = reading.snapshot.anchored_proof(index)
        return {"anchor": claim_of(row).document(), "proof": proof.encode()}

    @routes.get("/log/inclusion/{index}", tags=["log"], summary="Inclusion proof at a tree size")
    def get_inclusion(
        index: Index,
        reading: ReadingLog = Depends(reading),
        size: Annotated[int | None, Query(ge=1, le=index_max)] = None,
    ) -> dict[str, Any]:
        if size is not None:
            _require_sizes(reading, index + 1, size)
        at, path, note = reading.snapshot.inclusion(index, size)
        return {"index": index, "size": at, "path": [h.hex() for h in path], "checkpoint": note}

    @routes.get(
        "/log/head", tags=["log"], summary="What a checkpoint proves of a name, or of its absence"
    )
    def get_head(
        kind: Annotated[str, Query(min_length=1, max_length=100)],
        name: Annotated[str, Query(min_length=1, max_length=1000)],
        reading: ReadingLog = Depends(reading),
        size: Annotated[int | None, Query(ge=1, le=index_max)] = None,
    ) -> dict[str, Any]:
        """Keys, handles and organisations are for everybody, other kinds for auditors and their own pages."""
        require_name(kind, name)
        grade = "public" if kind in public_kinds else "parties"
        if not reading.reader.may_read(grade):
            raise NotReadable(f"{kind} {name}")
        return reading.snapshot.head(kind, name, size).told()

    @routes.get("/log/consistency", tags=["log"], summary="Consistency proof between two sizes")
    def get_consistency(
        first: Size, second: Size, reading: ReadingLog = Depends(reading)
    ) -> dict[str, Any]:
        _require_sizes(reading, first, second)
        path = reading.snapshot.consistency(first, second)
        return {"first": first, "second": second, "path": [node.hex() for node in path]}

    return routes


def _require_sizes(reading: ReadingLog, first: int, second: int) -> None:
    """That a proof from one size to another can be asked for: what cannot be is no broken proof."""
    size = reading.snapshot.size()
    if first > second:
        raise RequestMalformed(f"a tree of {second} entries has no proof about {first}")
    if second > size:
        raise RequestMalformed(f"the log has {size} entries, not {second}")


def graded(snapshot: Snapshot, index: int) -> dict[str, Any]:
    """How far the entry is now; why not further; and its proof once it is final."""
    found = snapshot.finality()
    grade = found.grade(index)
    final = grade in ("final", "anchored")
    return {
        "grade": grade,
        "index": index,
        "witnessed": [printable(name) for name in found.having(index)],
        "witnesses": len(found.witnesses),
        "why": "" if final else found.why or "no checkpoint covers it yet",
        "waiting": [] if final else _waiting(found, index),
        "proof": snapshot.proof_file(index).encode() if final else None,
    }


def _waiting(found: Finality, index: int) -> list[dict[str, Any]]:
    return [
        {"witness": printable(one.name), "code": one.code, "title": one.title}
        for one in found.witnesses
        if one.cosigned <= index
    ]


def _note(request: Request, checkpoint: tuple[int, str] | None) -> Response:
    if checkpoint is None:
        raise NotSealed("the log is empty")
    found = File.of(checkpoint[1].encode())
    return respond(request, found, "text/plain; charset=utf-8", "public, max-age=1")
