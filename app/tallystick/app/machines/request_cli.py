"""`tallystick request`: one signed request to a node, as an organisation's program sends it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer

from tallystick.app.files import read_bytes
from tallystick.app.machines.signing import RequestSigner
from tallystick.ledger import PrivateKey, SigningKey, TallystickError

timeout_s = 60


class RequestUnanswered(TallystickError):
    code = "request-unanswered"
    status = 502
    title = "The node did not answer"
    advice = (
        "Check its address, and that it is running; whether it did what it was asked is not known."
    )


def request(
    method: Annotated[str, typer.Argument(help="GET, PUT, POST or DELETE.")],
    url: Annotated[str, typer.Argument(help="The whole address, with https:// or http://.")],
    key: Annotated[str, typer.Option(help="Reference of the key: `index:handle`.")],
    key_file: Annotated[Path, typer.Option(help="PEM file of its private half.")],
    data: Annotated[
        Path | None, typer.Option(help="File with the body; `-` for standard input.")
    ] = None,
    content_type: Annotated[str, typer.Option(help="What the body is.")] = "application/json",
) -> None:
    """Send a request signed with a registered key (RFC 9421), and print the answer. Exit code 1: it was refused."""
    signer = RequestSigner(SigningKey(key, PrivateKey.from_pem(read_bytes(key_file))))
    body = None if data is None else _body(data)
    headers = {"Content-Type": content_type} if body else {}
    try:
        answer = httpx.request(
            method.upper(), url, content=body, headers=headers, auth=signer, timeout=timeout_s
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RequestUnanswered(f"{url}: {error}") from None
    sys.stdout.buffer.write(answer.content)
    sys.stdout.flush()
    if answer.is_error:
        raise typer.Exit(1)


def _body(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == "-" else read_bytes(path)
