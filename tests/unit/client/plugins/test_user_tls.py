from pathlib import Path

import pytest

from frpg.client.plugins.user_tls import user_context
from frpg.errors import FrpgError
from tests.support.certificates import Authority


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FrpgError) as caught:
        user_context("/nowhere.pem", "/nowhere.key", prefix="gen TLS config error: ")
    assert caught.value.reason == "gen TLS config error: open /nowhere.pem: no such file or directory"


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    one, other = authority.issue("one"), authority.issue("other")
    with pytest.raises(FrpgError, match=f"load TLS key pair {one.cert}, {other.key}: "):
        user_context(one.cert, other.key)
