"""Tenders and sealed bids: the command and the pages."""
