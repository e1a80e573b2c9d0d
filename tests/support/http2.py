"""An HTTP/2 peer without I/O, client or server, that remembers what it was told."""

from dataclasses import dataclass, field

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection

HOST = b"a.test"
Fields = list[tuple[bytes, bytes]]


@dataclass
class Message:
    """One stream's worth of what the other side sent."""

    informational: list[Fields] = field(default_factory=list)
    head: Fields = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    trailers: Fields = field(default_factory=list)
    is_ended: bool = False
    reset: int | None = None  # the error code

    def value(self, name: bytes) -> bytes:
        """Of the only field with this name."""
        (value,) = [value for other, value in self.head if other == name]
        return value

    @property
    def status(self) -> int:
        return int(self.value(b":status"))


class Peer:
    """Acknowledges what it gets, unless told to keep the windows shut; sends rubbish as it is told."""

    def __init__(self, *, is_client: bool = True, takes: bool = True) -> None:
        config = H2Configuration(
            client_side=is_client,
            header_encoding=None,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.connection = H2Connection(config)
        self.takes = takes
        self.messages: dict[int, Message] = {}
        self.goaway: int | None = None  # the error code
        self.pings: list[bytes] = []  # answered
        self._owed: list[tuple[int, int]] = []
        self.connection.initiate_connection()

    def send(self) -> bytes:
        """What is to be sent."""
        return self.connection.data_to_send()

    def receive(self, data: bytes) -> None:
        for event in self.connection.receive_data(data):
            self._note(event)

    def _note(self, event: events.Event) -> None:
        if isinstance(event, events.ConnectionTerminated):
            self.goaway = int(event.error_code or 0)
        elif isinstance(event, events.PingAckReceived):
            self.pings.append(event.ping_data)
        elif (stream_id := getattr(event, "stream_id", None)) and not isinstance(event, events.WindowUpdated):
            self._note_stream(self.messages.setdefault(stream_id, Message()), event)

    def _note_stream(self, message: Message, event: events.Event) -> None:
        if isinstance(event, events.InformationalResponseReceived):
            message.informational.append(event.headers)
        elif isinstance(event, events.RequestReceived | events.ResponseReceived):
            message.head = event.headers
        elif isinstance(event, events.TrailersReceived):
            message.trailers = event.headers
        elif isinstance(event, events.StreamEnded):
            message.is_ended = True
        elif isinstance(event, events.StreamReset):
            message.reset = int(event.error_code)
        elif isinstance(event, events.DataReceived):
            message.body += event.data
            self._owed.append((event.flow_controlled_length, event.stream_id))
            if self.takes:
                self.take()

    def take(self) -> None:
        """Open the windows for all that has come."""
        for length, stream_id in self._owed:
            if length:
                self.connection.acknowledge_received_data(length, stream_id)
        self._owed.clear()

    # --- a client's words

    def ask(
        self, path: bytes = b"/", *fields: tuple[bytes, bytes], method: bytes = b"GET", is_last: bool = True
    ) -> int:
        """Begin a request for HOST; returns its stream."""
        return self.ask_raw(
            [(b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", HOST), *fields],
            is_last=is_last,
        )

    def ask_raw(self, block: Fields, *, is_last: bool = True) -> int:
        stream_id = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream_id, block, end_stream=is_last)
        self.messages[stream_id] = Message()
        return stream_id

    def body(self, stream_id: int, data: bytes, *, is_last: bool = False) -> None:
        """As much as a frame takes at most, within the window."""
        self.connection.send_data(stream_id, data, end_stream=is_last)

    def room(self, stream_id: int) -> int:
        """Bytes that may be sent in one frame now."""
        connection = self.connection
        return min(connection.local_flow_control_window(stream_id), connection.max_outbound_frame_size)
