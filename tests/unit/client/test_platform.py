import pytest

from frpg.client.platform import go_arch, go_os


@pytest.mark.parametrize(
    ("python", "go"), [("linux", "linux"), ("darwin", "darwin"), ("win32", "windows"), ("freebsd14", "freebsd")]
)
def test_systems(python: str, go: str) -> None:
    assert go_os(python) == go


@pytest.mark.parametrize(
    ("machine", "go"),
    [("x86_64", "amd64"), ("AMD64", "amd64"), ("aarch64", "arm64"), ("i686", "386"), ("armv7l", "arm"), ("sh4", "sh4")],
)
def test_machines(machine: str, go: str) -> None:
    assert go_arch(machine) == go


def test_this_machine_has_names() -> None:
    assert go_os()
    assert go_arch()
