"""One POST to an address that was judged: no redirect, no proxy, no cookie; the answer's text is not kept.

Connections of one webhook in one round are used again, and of no other webhook: a certificate was checked for the
name of this one.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from tallystick.app.webhooks.addresses import IpAddress, Network, Target, parse_target, resolve
from tallystick.app.webhooks.errors import WebhookAddressRefused
from tallystick.ledger import digits

connect_timeout_s, total_timeout_s = 5.0, 15.0
answer_bytes_max = 64 * 1024
retry_after_max_s = 86_400
#: Whoever answers so wants nothing any more.
gone_status = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status`: what HTTP answered; `problem`: why it does not count, empty if it does."""

    status: int | None
    problem: str = ""
    retry_after_s: int = 0


@dataclass
class Line:
    """The way to one address, for a round."""

    client: httpx.AsyncClient
    target: Target
    ip: IpAddress

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Within `total_timeout_s`, whatever the other side does."""
        try:
            async with asyncio.timeout(total_timeout_s):
                return await self._post(body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(None, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Outcome(None, type(error).__name__)

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        sent = {
            "host": self.target.named,
            "content-type": "application/json",
            "user-agent": "Tallystick-Webhooks/1",
            **headers,
        }
        names = {"sni_hostname": self.target.host} if self.target.secure else {}
        where = self.target.at(self.ip)
        async with self.client.stream(
            "POST", where, content=body, headers=sent, extensions=names
        ) as answer:
            await _read_some(answer)
        if answer.is_success:
            return Outcome(answer.status_code)
        return Outcome(answer.status_code, f"http-{answer.status_code}", _retry_after(answer))


async def opened(
    address: str, allowed: Sequence[Network], context: ssl.SSLContext
) -> Line | Outcome:
    """The way to an address; why there is none, otherwise."""
    try:
        async with asyncio.timeout(connect_timeout_s):
            target = parse_target(address, allowed)
            ip = await resolve(target, allowed)
    except WebhookAddressRefused as error:
        return Outcome(None, error.code)
    except (TimeoutError, OSError) as error:
        return Outcome(None, f"name-{type(error).__name__}")
    limits = httpx.Timeout(total_timeout_s, connect=connect_timeout_s)
    client = httpx.AsyncClient(
        verify=context, trust_env=False, follow_redirects=False, timeout=limits
    )
    return Line(client, target, ip)


async def _read_some(answer: httpx.Response) -> None:
    """So that the connection can be used again; whoever answers much is hung up on."""
    read = 0
    async for piece in answer.aiter_raw():
        read += len(piece)
        if read > answer_bytes_max:
            return


def _retry_after(answer: httpx.Response) -> int:
    return digits.whole(answer.headers.get("retry-after", ""), retry_after_max_s) or 0
