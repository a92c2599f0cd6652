"""Ordinary payments of invoices that something stands for: commands."""
