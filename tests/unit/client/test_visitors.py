import pytest

from frpg import __version__
from frpg.client.visitors import VisitorManager
from frpg.config.visitors import StcpVisitorConfig, VisitorConfig


def visitor(name: str, port: int = 9000) -> VisitorConfig:
    return StcpVisitorConfig(name=name, server_name="s", bind_port=port)


def test_visitors_are_listed_and_say_why_they_do_not_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    manager = VisitorManager("id")
    manager.update([visitor("a"), visitor("b")])
    kept = manager.snapshot()[1]
    manager.update([visitor("b"), visitor("c")])
    b, c = manager.snapshot()
    assert b is kept
    assert (c.config.name, c.phase, c.error) == (
        "c",
        "start error",
        f"type stcp: not supported yet in frpg {__version__}",
    )
    assert [record.getMessage() for record in caplog.records if record.levelname == "INFO"] == [
        "[id] visitor added: [a b]",
        "[id] visitor removed: [a]",
        "[id] visitor added: [c]",
    ]
    manager.close()
    assert c.phase == "closed"
