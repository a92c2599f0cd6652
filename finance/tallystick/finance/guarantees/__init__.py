"""Demand guarantees (电子保函): a bank promises to pay a beneficiary on its complying demand."""
