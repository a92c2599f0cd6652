"""A checkpoint on its way to the chain: sent once whatever fails, found if it stands, sent again if it is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.liar import lying
from tests.contracts.rig import Anchoring, deploy, of, origin, root

from tallystick.contracts import (
    AnchorCovered,
    AnchorFork,
    AnchorGone,
    AnchorPending,
    Chain,
    ChainAhead,
    FeeTooHigh,
    NotEnoughFunds,
    NotOurContract,
    NotPublisher,
    Publisher,
    PublisherKey,
    Sent,
    TransactionReverted,
    WrongChain,
    advance,
    check_claim,
    gwei,
)
from tallystick.contracts.publishing import replace_after_ms
from tallystick.ledger import anchor


def test_an_anchor_counts_its_confirmations(rig: Anchoring) -> None:
    assert rig.step(5) is None
    found = rig.mined(5)
    assert found is not None
    assert found.confirmations == 1
    rig.node.mine(3)
    again = rig.step(5)
    assert again is not None
    assert again.confirmations == 4
    assert again.place == found.place
    assert len(rig.kept) == 1
    claim = anchor.Claim(found.place, of(5).note)
    assert check_claim([rig.chain], of(5), claim).confirmations == 4


def test_the_same_checkpoint_is_found_and_not_sent_again(rig: Anchoring) -> None:
    """A store was restored from before the anchor: what stands on the chain is adopted."""
    place = rig.anchored(5).place
    rig.anchored(9)
    before = rig.transactions()
    found = rig.step(5)
    assert found is not None
    assert found.place == place
    assert rig.transactions() == before
    assert rig.kept == []


def test_a_crash_between_keeping_and_sending_sends_the_same_bytes(rig: Anchoring) -> None:
    rig.kept.append(rig.publisher.sign(of(5), 0))
    kept = list(rig.kept)
    assert rig.step(5) is None
    assert rig.mined(5) is not None
    assert rig.kept == kept


def test_a_transaction_that_the_node_forgot_is_sent_again(rig: Anchoring) -> None:
    rig.step(5)
    sent = rig.kept[-1]
    rig.node.ask("anvil_dropTransaction", "0x" + sent.transaction.hex())
    assert rig.node.ask("eth_getTransactionByHash", "0x" + sent.transaction.hex()) is None
    assert rig.step(5) is None
    found = rig.mined(5)
    assert found is not None
    assert found.place.transaction == sent.transaction
    assert rig.kept == [sent]


def test_a_transaction_that_waits_too_long_is_replaced_under_its_nonce(rig: Anchoring) -> None:
    before = rig.transactions()
    rig.step(5)
    rig.now_ms = replace_after_ms - 1
    rig.step(5)
    assert len(rig.kept) == 1
    rig.now_ms = replace_after_ms
    rig.step(5)
    first, second = rig.kept
    assert second.nonce == first.nonce
    assert second.fee * 100 > first.fee * 124
    assert second.tip * 100 > first.tip * 124
    found = rig.mined(5)
    assert found is not None
    assert found.place.transaction == second.transaction
    assert rig.transactions() == before + 1


def test_the_first_of_two_transactions_is_found_though_the_second_was_kept(rig: Anchoring) -> None:
    """The replaced transaction got into the block after all."""
    rig.step(5)
    first = rig.kept[-1]
    rig.kept.append(replace(first, transaction=bytes(32), raw=b"never seen"))
    found = rig.mined(5)
    assert found is not None
    assert found.place.transaction == first.transaction


def test_a_nonce_that_another_transaction_used_is_not_waited_for(rig: Anchoring) -> None:
    sent = rig.publisher.sign(of(5), 0)
    rig.anchored(3)
    rig.kept.append(sent)
    assert rig.step(5) is None
    assert rig.kept[-1].nonce == sent.nonce + 1
    assert rig.mined(5) is not None


def test_a_block_that_comes_between_two_looks_is_found_by_the_next_step(
    rig: Anchoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not there when it was looked for, and there when it should be sent: no second transaction."""
    assert rig.step(5) is None
    look = Chain.find

    def late(chain: Chain, commitment: anchor.Commitment) -> object:
        found = look(chain, commitment)
        rig.node.mine()
        return found

    monkeypatch.setattr(Chain, "find", late)
    with pytest.raises(AnchorPending):
        rig.step(5)
    before = rig.transactions()
    found = rig.step(5)
    assert found is not None
    assert len(rig.kept) == 1
    assert rig.transactions() == before


def test_an_anchor_whose_block_is_gone_is_sent_again(rig: Anchoring) -> None:
    """The chain was reorganised behind the anchor."""
    with rig.node.undone():
        gone = rig.anchored(5)
        assert rig.chain.held(origin).size == 5
    assert rig.chain.held(origin).size == 0
    rig.node.mine()
    claim = anchor.Claim(gone.place, of(5).note)
    with pytest.raises(AnchorGone):
        check_claim([rig.chain], of(5), claim)
    assert rig.step(5) is None
    found = rig.mined(5)
    assert found is not None
    assert found.place.block_hash != gone.place.block_hash


def test_another_root_of_one_size_is_named_a_fork(rig: Anchoring) -> None:
    """The operator anchored one history and shows another."""
    rig.anchored(5)
    rig.anchored(9)
    before = rig.transactions()
    for size in (5, 9):
        with pytest.raises(AnchorFork, match=root(size).hex()):
            rig.step(size, root=bytes([1]) * 32)
    with pytest.raises(AnchorFork):
        advance(rig.publisher, of(20), None, rig.kept.append, lambda _: bytes([1]) * 32, 0)
    assert rig.transactions() == before


def test_a_chain_that_knows_more_than_the_log_stops_it(rig: Anchoring) -> None:
    """The log was rolled back, or a second copy of it runs."""
    rig.anchored(9)
    rig.log_size = 8
    with pytest.raises(ChainAhead, match="9 entries"):
        rig.step(8)


def test_a_smaller_checkpoint_is_covered_by_a_larger_one(rig: Anchoring) -> None:
    rig.anchored(9)
    with pytest.raises(AnchorCovered):
        rig.step(8)
    assert rig.kept == []


def test_another_chain_and_other_code_are_refused_before_anything_is_sent(rig: Anchoring) -> None:
    wrong = replace(rig.publisher, chain=replace(rig.chain, chain=1))
    with pytest.raises(WrongChain, match="on chain 31337, not 1"):
        replace(rig, publisher=wrong).step(5)
    rig.node.ask("anvil_setCode", "0x" + "ab" * 20, "0x6001600055")
    for address, said in (("0x" + "ab" * 20, "5 bytes"), ("0x" + "cd" * 20, "no code")):
        other = replace(rig.publisher, chain=replace(rig.chain, contract=address))
        with pytest.raises(NotOurContract, match=said):
            replace(rig, publisher=other).step(5)
    assert rig.kept == []


def test_whoever_is_not_the_publisher_or_has_no_funds_sends_nothing(rig: Anchoring) -> None:
    stranger = replace(rig.publisher, key=PublisherKey.of(rig.node.secrets[1]))
    with pytest.raises(NotPublisher, match=rig.publisher.key.address):
        replace(rig, publisher=stranger).step(5)
    address = rig.publisher.key.address
    before = rig.node.ask("eth_getBalance", address, "latest")
    rig.node.ask("anvil_setBalance", address, "0x1")
    try:
        with pytest.raises(NotEnoughFunds, match=f"{address} holds 1 wei of"):
            rig.step(5)
    finally:
        rig.node.ask("anvil_setBalance", address, before)
    assert rig.kept == []


def test_no_higher_fee_is_paid_than_is_allowed(rig: Anchoring) -> None:
    cheap = replace(rig.publisher, fee_max=gwei // 1000)
    with pytest.raises(FeeTooHigh, match=r"gwei asked, 0\.001 allowed"):
        replace(rig, publisher=cheap).step(5)
    assert rig.kept == []


def test_a_transaction_that_failed_in_its_block_is_not_paid_for_again_and_again(
    rig: Anchoring,
) -> None:
    """It ran out of gas: signing it again by itself would burn the account's funds."""
    call = rig.chain.code.functions.anchor(*vars_of(of(5)))
    nonce = rig.transactions()
    told = {"nonce": nonce, "gas": 30_000, "chainId": rig.chain.chain}
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2}
    poor = call.build_transaction({**told, **fees, "from": rig.publisher.key.address})
    del poor["from"]
    digest, raw = rig.publisher.key.sign(dict(poor))
    rig.kept.append(Sent(digest, raw, nonce, 10**11, 10**9, 0))
    assert rig.step(5) is None
    rig.node.mine()
    for _ in range(3):
        with pytest.raises(TransactionReverted):
            rig.step(5)
    assert rig.transactions() == nonce + 1


def vars_of(told: anchor.Commitment) -> tuple[object, ...]:
    return told.origin, told.size, told.root, told.note, told.quorum


def test_a_chain_without_a_base_fee_is_paid_by_price(rig: Anchoring) -> None:
    """Consortium chains have none."""

    def old(method: str, answer: dict[str, object]) -> dict[str, object]:
        if method == "eth_getBlockByNumber":
            block = answer["result"]
            assert isinstance(block, dict)
            block.pop("baseFeePerGas")
        return answer

    with lying(rig.node.url, old) as url:
        chain = replace(rig.chain, url=url)
        rig.kept.append(Publisher(chain, rig.publisher.key, 10**13).sign(of(5), 0))
        assert rig.kept[0].fee == rig.kept[0].tip
        rig.publisher.send(rig.kept[0])
    found = rig.mined(5)
    assert found is not None
    told = rig.node.ask("eth_getTransactionByHash", "0x" + found.place.transaction.hex())
    assert told["type"] == "0x0"


def test_two_contracts_on_one_chain_do_not_meet(rig: Anchoring) -> None:
    other = deploy(rig.node, 2)
    rig.anchored(9)
    assert other.chain.held(origin).size == 0
    other.anchored(5)
