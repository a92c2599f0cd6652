"""The verifier page: a folder of static files, built by `./dev pages`, served at `/verify/`, compared by hash.

The page is a program. Whoever serves it can serve another one, also to some of its readers only; so its hashes
are in the release, in the log (`ledger.verifier/1`) and in every installed wheel, and `compare` holds a served
page against them. What it was served at another moment, or to somebody else, nobody can tell from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from tallystick.ledger import TallystickError

page_path = "/verify/"
sums_file, index_file = "SHA256SUMS", "index.html"
page_bytes_max = 4 << 20
fetch_timeout_s = 15
#: Nothing from elsewhere, nothing sent anywhere, in no other page's frame.
headers: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'none'; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_media_types = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageMissing(TallystickError):
    code = "verifier-page-missing"
    status = 503
    title = "The verifier page is not built here"
    advice = "Run `./dev pages` in the checkout, or install the released wheel; `tallystick verify` needs no page."


class PageDiffers(TallystickError):
    code = "verifier-page-differs"
    status = 422
    title = "The served verifier page is not the one that is installed here"
    advice = (
        "Do not use it before you know why: compare the versions, and its hashes with those in the log "
        "(`ledger.verifier/1`). Meanwhile use `tallystick verify`, or the page from your own disk."
    )


class PageUnreachable(TallystickError):
    code = "verifier-page-unreachable"
    status = 503
    title = "The verifier page cannot be fetched"
    advice = "Check the address; it ends in /verify/ where a node or a mirror serves it."


@dataclass(frozen=True, slots=True)
class Compared:
    """A file of the page: its hash here, and what was served under its name."""

    name: str
    here: str
    there: str

    @property
    def same(self) -> bool:
        return self.here == self.there


def folder() -> Path:
    """Where the built page stands."""
    return Path(str(files("tallystick.app.pages"))) / "verifier"


def shipped(where: Path | None = None) -> dict[str, bytes]:
    """The page's files by name, `SHA256SUMS` among them. Raises `PageMissing`."""
    built = where or folder()
    try:
        listed = (built / sums_file).read_text(encoding="utf-8").splitlines()
        names = [line.partition("  ")[2] for line in listed]
        return {name: (built / name).read_bytes() for name in (*names, sums_file)}
    except OSError:
        raise PageMissing(str(built)) from None


def hashes(where: Path | None = None) -> dict[str, str]:
    """Hex SHA-256 of each file of the page but `SHA256SUMS`. Raises `PageMissing`."""
    held = shipped(where)
    return {name: _hash(data) for name, data in held.items() if name != sums_file}


def router() -> APIRouter:
    """`/verify/` and its files, each with the headers above."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(page_path.rstrip("/"))
    def without_slash() -> Response:
        return RedirectResponse(page_path, status_code=308)

    @routes.get(page_path)
    def index() -> Response:
        return _answer(index_file)

    @routes.get(page_path + "{name}")
    def file(name: str) -> Response:
        return _answer(name)

    return routes


def compare(url: str, client: httpx.Client | None = None) -> list[Compared]:
    """Each file as it is served below `url`, beside the one installed here; the address itself first.

    Raises `PageMissing` or `PageUnreachable`; that some differ is in the rows (`require_same`).
    """
    held = hashes()
    base = url if url.endswith("/") else f"{url}/"
    names = {"": held[index_file], **held}
    with client or httpx.Client(timeout=fetch_timeout_s, follow_redirects=False) as asking:
        return [
            Compared(name or page_path, here, _fetched(asking, base + name))
            for name, here in names.items()
        ]


def require_same(rows: list[Compared]) -> None:
    """Raises `PageDiffers`, which names the files."""
    others = [row.name for row in rows if not row.same]
    if others:
        raise PageDiffers(", ".join(others))


def said(rows: list[Compared]) -> Iterator[str]:
    """A line for each file, for the command line."""
    for row in rows:
        yield f"{'same     ' if row.same else 'DIFFERENT'} {row.there}  {row.name}"


def _answer(name: str) -> Response:
    """A file of the page; any other name is refused as FastAPI refuses it."""
    held = shipped()
    if name not in held:
        return Response("no such file of the page\n", 404, headers, "text/plain; charset=utf-8")
    media_type = _media_types.get(Path(name).suffix, "text/plain; charset=utf-8")
    return Response(held[name], 200, headers, media_type)


def _fetched(client: httpx.Client, url: str) -> str:
    """Hex SHA-256 of what is served there, or the status if there is nothing."""
    try:
        with client.stream("GET", url) as answer:
            if answer.status_code != 200:
                return f"status {answer.status_code}"
            data = bytearray()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > page_bytes_max:
                    return f"more than {page_bytes_max} bytes"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PageUnreachable(f"{url}: {error}") from None
    return _hash(bytes(data))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
