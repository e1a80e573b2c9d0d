"""One call for all who need its outcome."""

import gevent
import pytest
from gevent.event import Event

from frpg.auth.single_flight import Failed, SingleFlight
from frpg.errors import FrpgError


class Call:
    """Waits to be let go; then raises `error`, or returns how often it was made."""

    def __init__(self) -> None:
        self.count = 0
        self.go = Event()
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.count += 1
        self.go.wait()
        if self.error is not None:
            raise self.error
        return self.count


@pytest.fixture
def call() -> Call:
    return Call()


def test_those_who_ask_meanwhile_share_one_call(call: Call) -> None:
    flight = SingleFlight(call, 5.0)
    askers = [gevent.spawn(flight.get) for _ in range(10)]
    gevent.idle()
    assert flight.is_under_way
    call.go.set()
    assert [asker.get() for asker in askers] == [1] * 10
    assert not flight.is_under_way
    assert flight.get() == 2


def test_it_goes_on_when_the_first_who_asked_is_killed(call: Call) -> None:
    flight = SingleFlight(call, 5.0)
    first, second = gevent.spawn(flight.get), gevent.spawn(flight.get)
    gevent.idle()
    first.kill()
    call.go.set()
    assert second.get() == 1


def test_start_waits_for_nothing(call: Call) -> None:
    flight = SingleFlight(call, 5.0)
    flight.start()
    flight.start()
    assert flight.is_under_way and call.count == 0
    call.go.set()
    assert flight.get() == 1


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(111, "Connection refused"), FrpgError("no"), ValueError("no")]
)
def test_a_failure_is_for_all_and_ends_with_them(call: Call, error: Exception) -> None:
    flight = SingleFlight(call, 5.0)
    call.error = error
    askers = [gevent.spawn(_failure, flight) for _ in range(3)]
    gevent.idle()
    call.go.set()
    texts = [asker.get() for asker in askers]
    assert texts == ["connection refused" if isinstance(error, OSError) else "no"] * 3
    call.error = None
    assert flight.get() == 2


def _failure(flight: SingleFlight[int]) -> str:
    with pytest.raises(Failed) as caught:
        flight.get()
    assert caught.value.reason == str(caught.value)
    return str(caught.value)


def test_a_call_without_end_has_a_deadline(call: Call) -> None:
    assert _failure(SingleFlight(call, 0.01)) == "no answer within 0.01 s"


def test_close_ends_the_call_and_all_later_ones(call: Call) -> None:
    flight = SingleFlight(call, 5.0)
    asker = gevent.spawn(_failure, flight)
    gevent.idle()
    flight.close()
    flight.close()
    assert asker.get() == "closed"
    assert _failure(flight) == "closed"
    assert call.count == 1
