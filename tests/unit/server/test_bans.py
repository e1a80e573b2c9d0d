"""What the operator has closed: names, and clients for a while."""

import pytest

from frpg.errors import AuthError, RouteConflict
from frpg.server.bans import CLOSED, Bans


class Clock:
    """Unix seconds that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bans(clock: Clock) -> Bans:
    return Bans(clock)


def test_a_closed_name_is_refused_until_it_is_opened(bans: Bans) -> None:
    bans.check_proxy("ssh")
    bans.close_proxy("ssh")
    bans.close_proxy("ssh")
    with pytest.raises(RouteConflict) as caught:
        bans.check_proxy("ssh")
    assert caught.value.reason == CLOSED
    bans.check_proxy("ssh2")
    assert (bans.is_closed("ssh"), bans.is_closed("ssh2")) == (True, False)
    bans.open_proxy("ssh")
    bans.open_proxy("ssh")
    bans.check_proxy("ssh")
    assert not bans.is_closed("ssh")


def test_a_client_is_kept_out_for_a_while(bans: Bans, clock: Clock) -> None:
    bans.check_client("alice.cid")
    bans.keep_out("alice.cid", 600)
    assert bans.kept_out_until("alice.cid") == 1600.0
    with pytest.raises(AuthError) as caught:
        bans.check_client("alice.cid")
    assert caught.value.reason == "kept out for a while by the operator of the server"
    bans.check_client("bob.cid")
    clock.now = 1600.0
    bans.check_client("alice.cid")
    assert bans.kept_out_until("alice.cid") == 0.0


def test_a_client_is_admitted_earlier(bans: Bans) -> None:
    bans.keep_out("cid", 600)
    bans.admit("cid")
    bans.admit("cid")
    bans.check_client("cid")


def test_the_last_word_counts(bans: Bans) -> None:
    bans.keep_out("cid", 600)
    bans.keep_out("cid", 10)
    assert bans.kept_out_until("cid") == 1010.0


def test_those_whose_time_is_over_are_forgotten(bans: Bans, clock: Clock) -> None:
    for number in range(100):
        bans.keep_out(str(number), 10)
        clock.now += 1
    assert len(bans._clients) == 10
