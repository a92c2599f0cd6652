"""Quotes, disbursement and settlement."""
