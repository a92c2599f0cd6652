"""Accounts of an organisation's journal, by names that every chart of accounts knows under a number of its own."""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

Account = Literal[
    "bank", "accounts-payable", "accounts-receivable", "certificates-payable", "certificates-receivable",
    "interest-expense", "interest-income", "unearned-interest", "late-interest-expense", "late-interest-income",
    "pledge-proceeds", "penalty-expense", "penalty-income", "advances-payable", "advances-receivable",
    "guarantees-payable", "guarantees-receivable", "guarantee-compensation",
]  # fmt: skip
accounts: tuple[Account, ...] = get_args(Account)
#: What is debited, and what is credited (below zero), by account.
Sums = Counter[Account]


def moved(debit: Account, credit: Account, amount: int) -> Sums:
    return Counter({debit: amount, credit: -amount})
