"""JSON-RPC over HTTP for web3: every request has a deadline, every answer a size, and no proxy comes between.

Reading may be repeated, and so may sending: the same signed bytes make one transaction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx
import orjson

from tallystick.contracts.errors import ChainUnreachable, RpcAnswerRefused, RpcRefused
from tallystick.contracts.values import host_of

timeout_s = 8.0
pause_s = (0.2, 0.8)
answer_bytes_max = 2 * 1024 * 1024
error_chars_max = 200


#: What web3 raises, beside errors of its own, on an answer that is none.
_oddities = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


def ask(
    url: str, http: httpx.Client, body: bytes, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """The object that answers a request. Raises `ChainUnreachable` or `RpcAnswerRefused`."""
    number = orjson.loads(body)["id"]
    for pause in pause_s:
        try:
            return _read(_post(url, http, body), number, url)
        except ChainUnreachable:
            sleep(pause)
    return _read(_post(url, http, body), number, url)


def _post(url: str, http: httpx.Client, body: bytes) -> bytes:
    deadline = time.monotonic() + timeout_s
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    try:
        with http.stream("POST", url, content=body, headers=headers, timeout=timeout_s) as answer:
            data = bytearray()
            for chunk in answer.iter_raw():
                data += chunk
                if len(data) > answer_bytes_max:
                    raise RpcAnswerRefused(f"{host_of(url)}: more than {answer_bytes_max} bytes")
                if time.monotonic() > deadline:
                    raise ChainUnreachable(f"{host_of(url)}: not within {timeout_s:g} s")
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        # What httpx says may hold the whole address, and with it somebody's access key.
        raise ChainUnreachable(f"{host_of(url)}: {type(error).__name__}") from None
    if status == 429 or status >= 500:
        raise ChainUnreachable(f"{host_of(url)}: status {status}")
    if status != 200:
        raise RpcAnswerRefused(f"{host_of(url)}: status {status}")
    return bytes(data)


def _read(data: bytes, number: int, url: str) -> dict[str, Any]:
    try:
        told = orjson.loads(data)  # which bounds how deep it goes
    except orjson.JSONDecodeError:
        raise RpcAnswerRefused(f"{host_of(url)}: it is not JSON") from None
    if not isinstance(told, dict) or told.get("id") != number:
        raise RpcAnswerRefused(f"{host_of(url)}: it answers no request of ours")
    error = told.get("error")
    if error is not None and not isinstance(error, dict):
        raise RpcAnswerRefused(f"{host_of(url)}: an error is an object")
    if error is None and "result" not in told:
        raise RpcAnswerRefused(f"{host_of(url)}: neither result nor error")
    return told


def connect(url: str, http: httpx.Client | None = None) -> Any:
    """A `Web3` over `ask`; web3 is loaded here and not with the package, it takes a second."""
    from web3 import Web3
    from web3.providers.base import JSONBaseProvider

    client = http or _shared()

    class Provider(JSONBaseProvider):
        def make_request(self, method: Any, params: Any) -> Any:
            return ask(url, client, self.encode_rpc_request(method, params))

    return Web3(Provider(), middleware=[])


@cache
def _shared() -> httpx.Client:
    # They tell each address that is asked, and it may hold a key.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(trust_env=False)


@contextmanager
def reading(url: str) -> Iterator[None]:
    """Turns what web3 raises into an error of ours: `RpcRefused` or `RpcAnswerRefused`."""
    from web3.exceptions import Web3Exception, Web3RPCError

    try:
        yield
    except Web3RPCError as error:
        said = error.message if isinstance(error.message, str) else str(error)
        raise RpcRefused(f"{host_of(url)}: {_plain(said)}") from None
    except (Web3Exception, *_oddities) as error:
        raise RpcAnswerRefused(f"{host_of(url)}: {type(error).__name__}") from None


def _plain(said: str) -> str:
    return "".join(c if c.isprintable() else " " for c in said)[:error_chars_max]
