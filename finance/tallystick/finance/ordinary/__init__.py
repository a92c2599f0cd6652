"""Ordinary payments of invoices for which a certificate stands: exceptions on both sides."""
