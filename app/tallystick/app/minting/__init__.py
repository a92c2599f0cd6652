"""Minting on a node: codes seen when they are scanned, batches and proofs by command."""
