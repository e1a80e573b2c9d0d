"""What both programs say about themselves."""

from __future__ import annotations

from frpg import __version__

# The frp whose command line, files and wire these programs have; `-v` prints it, as scripts around frp expect.
FRP_VERSION = "0.70.1"


def description(program: str, role: str) -> str:
    """First line of a program's help."""
    return f"{program} is the {role} of frpg {__version__}; it takes the place of {program} of frp {FRP_VERSION}"


def not_yet(feature: str) -> str:
    """The answer to a command of a later release."""
    return f"{feature} is not supported yet in frpg {__version__}"
