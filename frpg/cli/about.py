"""What both programs say about themselves."""

from __future__ import annotations

from frpg import FRP_VERSION, __version__


def description(program: str, role: str) -> str:
    """First line of a program's help."""
    return f"{program} is the {role} of frpg {__version__}; it takes the place of {program} of frp {FRP_VERSION}"


def not_yet(feature: str) -> str:
    """The answer to a command of a later release."""
    return f"{feature} is not supported yet in frpg {__version__}"
