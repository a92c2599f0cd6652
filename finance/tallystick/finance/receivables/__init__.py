"""Certificates: the interval book, confirmation, acceptance, transfer."""
