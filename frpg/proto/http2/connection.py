"""The library's connection, milder where one stream is at fault and the others are not."""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event, StreamReset
from h2.exceptions import FrameTooLargeError, InvalidBodyLengthError
from h2.settings import SettingCodes, Settings
from hyperframe.frame import DataFrame, Frame, GoAwayFrame

from frpg.proto.stage import Buffer

MAX_STREAMS = 100  # that a visitor may have open at once
MAX_HEADERS = 65536  # bytes of a head as HTTP/2 counts them
STREAM_WINDOW = 262144  # bytes that the peer may send on a stream ahead of who takes them
_HARD_MAX_HEADERS = 4 * MAX_HEADERS  # above this it is not worth an answer, the connection ends
_FIRST_WINDOW = 65535  # of a connection, before any update


class Connection(H2Connection):
    """Raises h2's ProtocolError from `receive_data`, its GOAWAY being in `data_to_send`. Checks no header fields."""

    MAX_CLOSED_STREAMS = 1024

    def receive_data(self, data: Buffer) -> list[Event]:  # type: ignore[override]
        """What happened; see H2Connection."""
        events = super().receive_data(data)
        # The library looks at the size of a frame when all of it is here, which may be 16 MiB.
        header = self.incoming_buffer._data[:3]
        size = int.from_bytes(header, "big")
        if len(header) == 3 and size > self.max_inbound_frame_size:
            self._terminate_connection(ErrorCodes.FRAME_SIZE_ERROR)
            raise FrameTooLargeError(f"frame of {size} bytes")
        return events

    def _receive_frame(self, frame: Frame) -> list[Event]:
        try:
            return super()._receive_frame(frame)
        except InvalidBodyLengthError:  # the library would end the connection, and all its other streams
            if isinstance(frame, DataFrame):
                self.acknowledge_received_data(frame.flow_controlled_length, frame.stream_id)
            self.reset_stream(frame.stream_id, ErrorCodes.PROTOCOL_ERROR)
            return [StreamReset(stream_id=frame.stream_id, error_code=ErrorCodes.PROTOCOL_ERROR, remote_reset=False)]

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        # The library would refuse to say another word, but GOAWAY concerns new streams only.
        event = ConnectionTerminated()
        event.error_code, event.last_stream_id = frame.error_code, frame.last_stream_id
        return [], [event]


def server_connection() -> Connection:
    """With a visitor; its first words are in `data_to_send`."""
    connection = _make(
        is_client=False,
        settings={SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS, SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEADERS},
    )
    # As much as all streams together: a service that is slow to take a body holds up that stream only.
    connection.increment_flow_control_window(MAX_STREAMS * STREAM_WINDOW - _FIRST_WINDOW)
    return connection


def client_connection() -> Connection:
    """With a service, for one request at a time; its first words are in `data_to_send`."""
    connection = _make(
        is_client=True,
        settings={
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            SettingCodes.MAX_HEADER_LIST_SIZE: _HARD_MAX_HEADERS,
        },
    )
    connection.increment_flow_control_window(2 * STREAM_WINDOW - _FIRST_WINDOW)
    return connection


def _make(*, is_client: bool, settings: dict[SettingCodes, int]) -> Connection:
    connection = Connection(
        H2Configuration(
            client_side=is_client,
            header_encoding=None,
            # heads.py checks what is received, and writes what is sent in its normal form.
            validate_inbound_headers=False,
            normalize_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
    )
    connection.local_settings = Settings(client=is_client, initial_values=settings)
    connection.decoder.max_header_list_size = _HARD_MAX_HEADERS
    connection.initiate_connection()
    return connection
