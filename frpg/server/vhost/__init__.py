"""Listeners that many proxies share, and tell apart by name: http, https and tcpmux."""
