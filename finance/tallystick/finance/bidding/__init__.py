"""Sealed bids: funders price a certificate without anybody reading a price before the deadline."""
