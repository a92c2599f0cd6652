"""Credentials at a node: issued, presented with a proof, verified offline, shown on pages, remembered before they expire."""
