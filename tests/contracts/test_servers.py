"""RPC servers that are down, slow, broken or lying: a named error each, and never an address with its key."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.contracts.liar import Lie, instead, lying
from tests.contracts.rig import Anchoring, of, origin

from tallystick.contracts import (
    AnchorDiffers,
    AnchorFailed,
    AnchorFork,
    AnchorGone,
    ChainUnreachable,
    NotOurContract,
    RpcAnswerRefused,
    RpcRefused,
    RpcsDiffer,
    WrongChain,
    check_claim,
    host_of,
    rpc,
)
from tallystick.ledger import anchor


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "pause_s", (0.0, 0.0))


def test_a_server_that_is_down_is_named_without_its_key(rig: Anchoring) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chain = replace(rig.chain, url=f"http://127.0.0.1:{port}/v3/secret")
    with pytest.raises(ChainUnreachable) as failure:
        chain.require_ours()
    assert f"http://127.0.0.1:{port}" in failure.value.detail
    assert "secret" not in failure.value.diagnosis()


def test_a_slow_server_is_not_waited_for(rig: Anchoring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "timeout_s", 0.05)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(ChainUnreachable, match="Timeout"):
            replace(rig.chain, url=url).require_ours()


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (lambda _m, _a: b"not JSON", RpcAnswerRefused),
        (lambda _m, _a: b"[" * 1_000_000, RpcAnswerRefused),
        (lambda _m, a: {**a, "id": 999}, RpcAnswerRefused),
        (lambda _m, a: {"id": a["id"]}, RpcAnswerRefused),
        (lambda _m, a: {"id": a["id"], "error": "no"}, RpcAnswerRefused),
        (lambda _m, _a: b"0" * (rpc.answer_bytes_max + 1), RpcAnswerRefused),
        (lambda _m, _a: 404, RpcAnswerRefused),
        (lambda _m, _a: 429, ChainUnreachable),
        (lambda _m, _a: 503, ChainUnreachable),
        (
            lambda _m, _a: (
                b'{"jsonrpc": "2.0", "id": 0, "error": {"code": 3, "message": "\\u001b[2J"}}'
            ),
            RpcRefused,
        ),
        (instead("eth_chainId", "0x1"), WrongChain),
        (instead("eth_chainId", "forty"), RpcAnswerRefused),
        (instead("eth_chainId", None), (RpcAnswerRefused, WrongChain)),
        (instead("eth_getCode", "0x6001"), NotOurContract),
        (instead("eth_getCode", {"no": "code"}), RpcAnswerRefused),
    ],
)
def test_a_broken_answer_has_a_named_error(
    rig: Anchoring, lie: Lie, error: type[AnchorFailed]
) -> None:
    with lying(rig.node.url, lie) as url, pytest.raises(error) as failure:
        replace(rig.chain, url=url).require_ours()
    assert "secret" not in failure.value.diagnosis()
    assert "\x1b" not in failure.value.diagnosis()


def test_a_server_that_recovers_is_asked_again(rig: Anchoring) -> None:
    failures = iter([503, 503])
    with lying(rig.node.url, lambda _m, a: next(failures, a)) as url:
        replace(rig.chain, url=url).require_ours()


def _moved(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda result: {**result, name: value}


@pytest.mark.parametrize(
    ("method", "change", "error"),
    [
        ("eth_getTransactionReceipt", lambda _: None, AnchorGone),
        ("eth_getTransactionReceipt", lambda r: {**r, "logs": []}, AnchorDiffers),
        ("eth_getTransactionReceipt", lambda _: {"status": "0x1"}, RpcAnswerRefused),
        ("eth_getTransactionReceipt", lambda _: "all is well", RpcAnswerRefused),
        ("eth_getBlockByNumber", _moved("hash", "0x" + "11" * 32), AnchorGone),
        ("eth_getBlockByNumber", _moved("timestamp", "0x1"), AnchorDiffers),
        ("eth_getBlockByNumber", _moved("timestamp", hex(2**70)), RpcAnswerRefused),
        ("eth_call", lambda _: "0x", RpcAnswerRefused),
        ("eth_call", lambda _: "0x" + "00" * 96, AnchorDiffers),
    ],
)
def test_a_lie_about_an_anchor_is_noticed(
    rig: Anchoring, method: str, change: Callable[[Any], Any], error: type[AnchorFailed]
) -> None:
    claim = anchor.Claim(rig.anchored(5).place, of(5).note)

    def lie(asked: str, answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "result": change(answer["result"])} if asked == method else answer

    with lying(rig.node.url, lie) as url, pytest.raises(error):
        check_claim([replace(rig.chain, url=url)], of(5), claim)


def test_a_claim_of_what_never_stood_there_is_refused(rig: Anchoring) -> None:
    place = rig.anchored(5).place
    rig.anchored(9)
    good = anchor.Claim(place, of(5).note)
    check_claim([rig.chain], of(5), good)
    for bad in (
        replace(good, place=replace(place, block=place.block + 1)),
        replace(good, place=replace(place, time="2020-01-01T00:00:00.000Z")),
        replace(good, place=replace(place, block_hash=bytes(32))),
        replace(good, quorum=bytes([1]) * 32),
    ):
        with pytest.raises(AnchorDiffers):
            check_claim([rig.chain], of(5), bad)
    unknown = replace(good, place=replace(place, transaction=bytes(32)))
    with pytest.raises(AnchorGone):
        check_claim([rig.chain], of(5), unknown)
    with pytest.raises(anchor.AnchorClaimRefused):
        check_claim([rig.chain], of(9), good)
    with pytest.raises(AnchorDiffers):
        check_claim([rig.chain], of(5, root=bytes(32)), good)


def test_two_servers_that_differ_are_both_doubted(rig: Anchoring) -> None:
    """A lying server alone is believed; a second one shows it up."""
    claim = anchor.Claim(rig.anchored(5).place, of(5).note)

    def lie(asked: str, answer: dict[str, Any]) -> dict[str, Any]:
        if asked == "eth_getBlockByNumber":
            answer["result"]["timestamp"] = "0x1"
        return answer

    early = anchor.Claim(replace(claim.place, time="1970-01-01T00:00:01.000Z"), claim.note)
    with lying(rig.node.url, lie) as url:
        other = replace(rig.chain, url=url)
        assert check_claim([other], of(5), early).place == early.place
        for chains in ([other, rig.chain], [rig.chain, other]):
            with pytest.raises(RpcsDiffer) as failure:
                check_claim(chains, of(5), early)
    assert "secret" not in failure.value.diagnosis()
    assert check_claim([rig.chain, rig.chain], of(5), claim).confirmations == 1


def test_a_server_that_shows_another_root_is_evidence_of_a_fork(rig: Anchoring) -> None:
    claim = anchor.Claim(rig.anchored(5).place, of(5).note)
    other = "0x" + "22" * 32 + f"{5:064x}" + f"{claim.place.block:064x}"
    with lying(rig.node.url, instead("eth_call", other)) as url, pytest.raises(AnchorFork):
        check_claim([replace(rig.chain, url=url)], of(5), claim)


def test_anchors_that_lead_nowhere_are_refused(rig: Anchoring) -> None:
    rig.anchored(5)
    chain = rig.chain
    with lying(rig.node.url, instead("eth_getLogs", [])) as url:
        bad = replace(chain, url=url)
        with pytest.raises(RpcAnswerRefused, match="no anchor"):
            list(bad.events(origin, bad.held(origin)))


def test_no_address_gets_into_a_log(rig: Anchoring, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rpc._shared.cache_clear()
    with lying(rig.node.url, lambda _m, a: a) as url:
        replace(rig.chain, url=url).require_ours()
        rig.step(5)
    assert "secret" not in caplog.text
    assert f"{rig.node.secrets[0]:x}" not in caplog.text


def test_of_an_address_only_the_host_is_shown() -> None:
    assert host_of("https://user:pass@rpc.example:8545/v3/key?x=1") == "https://rpc.example:8545"
    assert host_of("https://rpc.example/key") == "https://rpc.example"
    assert "key" not in host_of("http://[::1/key")


def test_no_proxy_of_the_environment_is_used(
    rig: Anchoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    rpc._shared.cache_clear()
    with httpx.Client(trust_env=False) as http:
        replace(rig.chain, http=http).require_ours()
    rig.chain.require_ours()
