from frpg.client.tally import Tally
from frpg.client.users import Joined, Users, introduce, user_address
from frpg.net.stream import NO_ADDRESS
from frpg.proto.messages import StartWorkConn
from tests.unit.relay.http.wires import Wire, settle


class Ends:
    """A sink that hears the end."""

    def __init__(self) -> None:
        self.data = b""
        self.error: OSError | None = None

    def on_data(self, views: list, size: int) -> None:
        self.data += b"".join(views)

    def on_drain(self) -> None:
        raise AssertionError

    def on_end(self) -> None:
        raise AssertionError

    def on_error(self, error: OSError) -> None:
        self.error = error


def test_a_joined_user_is_one_until_both_have_ended() -> None:
    tally, joined = Tally(), Joined()
    user, local = Wire(), Wire()
    Users(tally, joined).join(user, local)
    settle()
    user.feed(b"four")
    local.feed(b"seven..")
    assert (local.written, user.written) == (b"four", b"seven..")
    assert (tally.connections, joined) == (1, {(user, local)})
    user.end()
    assert local.is_finished
    assert tally.connections == 1
    local.end()
    assert (tally.connections, joined) == (0, set())
    assert (tally.received.value, tally.sent.value) == (4, 7)


def test_the_end_of_a_user_is_the_end_of_all_behind_a_server_without_half_close() -> None:
    tally = Tally()
    user, local = Wire(), Wire()
    Users(tally, set(), half_close=False).join(user, local)
    settle()
    user.end()
    assert (local.is_closed, tally.connections) == (True, 0)


def test_a_watched_user_is_one_until_it_is_closed() -> None:
    tally, joined, wire = Tally(), Joined(), Wire(("198.51.100.1", 1))
    watched = Users(tally, joined).watch(wire, ("192.0.2.7", 4711))
    sink = Ends()
    watched.attach(sink)
    settle()
    wire.feed(b"four")
    assert watched.write([b"sev", b"en.."])
    assert (sink.data, wire.written, watched.remote_addr) == (b"four", b"seven..", ("192.0.2.7", 4711))
    assert (tally.connections, tally.received.value, tally.sent.value) == (1, 4, 7)
    wire.fail(ConnectionResetError("gone"))
    assert isinstance(sink.error, ConnectionResetError)
    assert (len(joined), tally.connections) == (1, 1)
    watched.close()
    watched.abort()
    assert (wire.is_closed, wire.was_aborted, len(joined), tally.connections) == (True, False, 0, 0)
    assert watched.write([b"late"]) is False
    assert tally.sent.value == 7


def test_a_watched_user_without_an_address_has_that_of_its_connection() -> None:
    wire = Wire(("198.51.100.1", 1))
    watched = Users(Tally(), set()).watch(wire)
    assert watched.remote_addr == ("198.51.100.1", 1)
    watched.abort()
    assert wire.was_aborted


def test_a_tunnel_of_a_watched_user_counts_once() -> None:
    tally, ended = Tally(), []
    wire, local = Wire(), Wire()
    users = Users(tally, set())
    users.tunnel(users.watch(wire), local, lambda: ended.append(True))
    settle()
    wire.feed(b"four")
    local.feed(b"seven..")
    assert (tally.connections, tally.received.value, tally.sent.value, ended) == (1, 4, 7, [])
    wire.end()
    local.end()
    assert (tally.connections, ended) == (0, [True])


def test_only_users_that_are_known_are_introduced() -> None:
    known = StartWorkConn(proxy_name="p", src_addr="192.0.2.7", src_port=4711, dst_addr="", dst_port=0)
    assert user_address(known) == ("192.0.2.7", 4711)
    for start in (StartWorkConn(proxy_name="p", src_addr="192.0.2.7"), StartWorkConn(proxy_name="p", src_port=1)):
        assert user_address(start) == NO_ADDRESS
        introduce(wire := Wire(), start, "v1")
        assert wire.written == b""
    introduce(wire := Wire(), known, "")
    assert wire.written == b""
    introduce(wire, known, "v1")
    assert wire.written == b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 0\r\n"
