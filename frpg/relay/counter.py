"""Counting: a number that one hot path adds to and many may read."""

from __future__ import annotations


class Counter:
    """`value` is read and added to directly; a call would cost more than the addition."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0
