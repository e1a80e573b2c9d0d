"""The text behind `--help` and under a usage error."""

from __future__ import annotations

from collections.abc import Iterable

from frpg.cli.command import Path
from frpg.cli.flags import HELP, Flag


def help_text(path: Path) -> str:
    command = path.command
    return f"{command.description or command.summary}\n\n{usage_text(path)}"


def usage_text(path: Path) -> str:
    """Usage lines, commands, flags."""
    command, name = path.command, path.name
    forms = ([f"  {name} [flags]"] if command.run else []) + ([f"  {name} [command]"] if command.commands else [])
    blocks = [("Usage:", forms)]
    if command.commands:
        blocks.append(("Available Commands:", [f"  {c.name:<11} {c.summary}" for c in command.commands]))
    blocks.append(("Flags:", _flag_lines((*command.flags, HELP))))
    blocks.append(("Global Flags:", _flag_lines(path.inherited())))
    text = "\n\n".join("\n".join([title, *lines]) for title, lines in blocks if lines)
    if command.commands:
        text += f'\n\nUse "{name} [command] --help" for more information about a command.'
    return text


def _flag_lines(flags: Iterable[Flag]) -> list[str]:
    rows = []
    for flag in sorted(flags, key=lambda flag: flag.name):
        left = (f"  -{flag.short}, " if flag.short else "      ") + f"--{flag.name} {flag.kind.name}".rstrip()
        rows.append((left, flag.help + _default(flag)))
    width = max((len(left) for left, _ in rows), default=0)
    return [f"{left:<{width}}   {right}" for left, right in rows]


def _default(flag: Flag) -> str:
    """Only what differs from "nothing"."""
    if not flag.default:
        return ""
    if isinstance(flag.default, str) and flag.kind.name == "string":
        return f' (default "{flag.default}")'
    return f" (default {str(flag.default).lower()})"
