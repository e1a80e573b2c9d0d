"""The shared secret of `auth.method = "token"`, wherever the configuration keeps it."""

from __future__ import annotations

from pathlib import Path

from frpg.config.common import AuthConfig
from frpg.config.sources import reason
from frpg.errors import ConfigError


def resolve_token(auth: AuthConfig) -> None:
    """Put the value of a `tokenSource` of type file in place of `auth.token`. To be called once, at start.

    Raises:
        ConfigError: the file cannot be read, or is not text in UTF-8.
    """
    source = auth.token_source
    if auth.method != "token" or source is None or source.file is None:
        return
    path = source.file.path
    try:
        auth.token = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        text = f"failed to read file {path}: open {path}: {reason(error)}"
        raise ConfigError(f"failed to resolve auth.tokenSource: {text}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"failed to resolve auth.tokenSource: file {path} is not text in UTF-8") from None
