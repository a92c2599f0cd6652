"""Webhooks: an organisation is told of its entries at an address of its own (Standard Webhooks)."""
