from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.common import AuthConfig, FileSource, ValueSource
from frpg.config.token_source import resolve_token
from frpg.errors import ConfigError


def auth(path: Path, method: str = "token") -> AuthConfig:
    return AuthConfig(method=method, token_source=ValueSource(type="file", file=FileSource(path=str(path))))


def test_a_file_holds_the_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" \n s3cret word\n\n")
    config = auth(tmp_path / "token")
    resolve_token(config)
    assert config.token == "s3cret word"


def test_without_a_source_or_with_another_method_nothing_is_read(tmp_path: Path) -> None:
    config = AuthConfig(token="t")
    resolve_token(config)
    assert config.token == "t"
    config = auth(tmp_path / "none", method="oidc")
    resolve_token(config)
    assert config.token == ""


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none"
    with pytest.raises(ConfigError) as caught:
        resolve_token(auth(path))
    assert caught.value.faults == [
        f"failed to resolve auth.tokenSource: failed to read file {path}: open {path}: no such file or directory"
    ]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not text in UTF-8"):
        resolve_token(auth(tmp_path / "token"))
