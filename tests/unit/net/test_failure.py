import errno
import ssl

import pytest

from frpg.net.failure import NetError, describe


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "connection reset by peer"),
        (
            NetError(errno.ECONNREFUSED, "dial tcp 192.0.2.1:22: connect"),
            "dial tcp 192.0.2.1:22: connect: connection refused",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "ca.pem"),
            "open ca.pem: no such file or directory",
        ),
        (ConnectionError("connection closed by the peer"), "connection closed by the peer"),
        (ssl.SSLError(1, "[SSL] wrong version number"), "[SSL] wrong version number"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_failures_in_words(error: OSError, text: str) -> None:
    assert describe(error) == text
