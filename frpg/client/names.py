"""Proxy names: raw in configuration and log, with the user in front on the wire."""

from __future__ import annotations


def with_user(user: str, name: str) -> str:
    """The name the server knows."""
    return f"{user}.{name}" if user else name


def without_user(user: str, name: str) -> str:
    """The raw name: exactly one leading `user.` less, if there is one."""
    return name.removeprefix(f"{user}.") if user else name
