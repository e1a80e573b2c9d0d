"""The reception: takes the first message of every stream, and brings the stream to whom it is for."""

from __future__ import annotations

import logging

from frpg.errors import FrpgError, NotSupported, ProtocolError, reason
from frpg.net.address import join
from frpg.net.stream import Stream
from frpg.proto.messages import Login, NewVisitorConn, NewVisitorConnResp, NewWorkConn, StartWorkConn
from frpg.server.context import Context
from frpg.server.controls import Controls
from frpg.server.login import log_in, shown
from frpg.server.opening import Opening, opening_bytes, receive_opening
from frpg.server.routes import Route
from frpg.server.upstream import Carrier

logger = logging.getLogger(__name__)

DEADLINE = 10.0  # seconds for the first message
_MAX_KNOWN = 1024  # openings


class Reception:
    """The same for connections with and without multiplexing."""

    def __init__(self, context: Context, controls: Controls) -> None:
        self._context = context
        self._controls = controls
        # A client's work connections all begin alike: those that were let in are known by their bytes.
        self._known: dict[bytes, Opening] = {}

    def recognise(self, stream: Stream, carrier: Carrier | None) -> bool:
        """Take a work connection whose first bytes have come and are well known. Does not yield.

        False: nothing has happened, `receive` it.
        """
        data = stream.recv()
        opening = self._known.get(data)
        if opening is not None:
            try:
                self._offer(stream, opening, carrier, may_wait=False)
                return True
            except FrpgError:
                pass  # `receive` can wait, and tells the client and the log
        stream.unread(data)
        return False

    def receive(self, stream: Stream, carrier: Carrier | None) -> bool:
        """Own `stream`; True when its client has proven who it is, False when it was refused with an answer.

        `carrier` is the session around `stream`, if any: it is closed when the client's control ends.
        Raises OSError, FrpgError: refused without an answer, `stream` stays the caller's.
        """
        with stream.deadline(DEADLINE):
            opening = receive_opening(stream)
        match opening.message:
            case NewWorkConn():
                return self._take_work_connection(stream, opening, opening.message.run_id, carrier)
            case Login():
                return log_in(self._context, self._controls, stream, opening, opening.message, carrier)
            case NewVisitorConn():
                self._refuse_visitor(stream, opening, opening.message)
                return False
            case _:
                address = join(stream.remote_addr)
                raise ProtocolError(f"error message type for the new connection [{address}]")

    def _take_work_connection(self, stream: Stream, opening: Opening, run_id: str, carrier: Carrier | None) -> bool:
        try:
            self._offer(stream, opening, carrier, may_wait=True)
        except FrpgError as error:
            logger.warning("invalid NewWorkConn with run id [%s]: %s", shown(run_id), reason(error))
            self._context.refusals.add("work-connection", stream.remote_addr, reason(error))
            text = self._context.reason_for_client(error, "invalid NewWorkConn")
            stream.write([opening.framing.encode(StartWorkConn(error=text))])
            stream.close()
            return False
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[opening_bytes(opening)] = opening
        return True

    def _offer(self, stream: Stream, opening: Opening, carrier: Carrier | None, *, may_wait: bool) -> None:
        """Hand a work connection to its session, which checks it. Raises FrpgError."""
        message = opening.message
        assert isinstance(message, NewWorkConn)
        entry = self._context.registry.lookup(Route("run", message.run_id))
        if entry is None or entry.holder is None:
            raise FrpgError(reason=f"no client control found for run id [{shown(message.run_id)}]")
        stream.accept()
        entry.holder.offer(stream, message, opening.framing.version, carrier, may_wait=may_wait)

    def _refuse_visitor(self, stream: Stream, opening: Opening, message: NewVisitorConn) -> None:
        error = NotSupported(reason="visitors are not supported yet by this server")
        logger.warning("register visitor conn error: %s", reason(error))
        self._context.refusals.add("visitor", stream.remote_addr, reason(error))
        text = self._context.reason_for_client(error, "register visitor conn error")
        answer = NewVisitorConnResp(proxy_name=message.proxy_name, error=text)
        stream.write([opening.framing.encode(answer)])
        stream.close()
