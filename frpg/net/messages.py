"""Messages over a stream: one at a time, with deadlines, and the stream given back when they are done."""

from __future__ import annotations

from frpg.net.stream import Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import Message

_POST_LIMIT = 1 << 20  # bytes a peer may leave unread before it is thought dead
_CHUNK = 65536


class MessageStream:
    """Holds `stream` for its messages; `close` closes it, `detach` gives it back."""

    __slots__ = ("_decoder", "_posted", "framing", "stream")

    def __init__(self, stream: Stream, framing: Framing) -> None:
        self.stream = stream
        self.framing = framing
        self._decoder = framing.decoder()
        self._posted = 0  # bytes written since the peer was last known to read

    def send(self, message: Message) -> None:
        """Return when the carrier has taken it. Raises OSError, TimeoutError."""
        self.stream.sendall(self.framing.encode(message))

    def post(self, message: Message) -> None:
        """Never blocks; resets the stream when its peer has left 1 MiB unread."""
        self.post_bytes(self.framing.encode(message))

    def post_bytes(self, frame: bytes) -> None:
        """As `post`, with a message that is encoded already."""
        if self.stream.write([frame]):
            self._posted = 0
            return
        self._posted += len(frame)
        if self._posted > _POST_LIMIT:
            self.stream.abort()

    def receive(self, timeout: float | None = None) -> Message:
        """The next message within `timeout` seconds.

        Raises ConnectionError at the end of the stream, TimeoutError, ProtocolError.
        """
        message = self._decoder.next_message()
        if message is not None:
            return message
        if timeout is None:
            return self._receive()
        with self.stream.deadline(timeout):
            return self._receive()

    def _receive(self) -> Message:
        while True:
            data = self.stream.recv(_CHUNK)
            if not data:
                raise ConnectionError("connection closed by the peer")
            self._decoder.receive_data(data)
            message = self._decoder.next_message()
            if message is not None:
                return message

    def detach(self) -> Stream:
        """The stream, with all that no message used still to be read from it."""
        self.stream.unread(self._decoder.unread())
        return self.stream

    def close(self) -> None:
        self.stream.close()
