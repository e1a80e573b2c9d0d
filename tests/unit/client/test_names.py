import pytest

from frpg.client.names import with_user, without_user


@pytest.mark.parametrize(
    ("user", "raw", "wire"),
    [("", "ssh", "ssh"), ("alice", "ssh", "alice.ssh"), ("alice", "alice.ssh", "alice.alice.ssh")],
)
def test_the_user_goes_in_front_and_comes_off_again(user: str, raw: str, wire: str) -> None:
    assert with_user(user, raw) == wire
    assert without_user(user, wire) == raw


def test_the_name_of_another_user_is_left_alone() -> None:
    assert without_user("alice", "bob.ssh") == "bob.ssh"
