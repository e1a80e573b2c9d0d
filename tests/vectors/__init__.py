"""Golden vectors: bytes that our code did not make. README.md tells which file holds what."""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The content of NAME.json."""
    content: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return content


def unhex(values: dict[str, str]) -> dict[str, bytes]:
    """The same names with bytes."""
    return {name: bytes.fromhex(value) for name, value in values.items()}


def pieces(data: bytes, step: int) -> list[bytes]:
    """`data` cut into pieces of `step` bytes; the last may be shorter."""
    return [data[start : start + step] for start in range(0, len(data), step)]
