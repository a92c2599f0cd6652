"""The Handle System's HTTP JSON API (Handle.Net Technical Manual 9, chapter 14)."""
