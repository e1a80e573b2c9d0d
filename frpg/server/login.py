"""Login: from a client's first message to its running control."""

from __future__ import annotations

import logging
import secrets

from frpg import FRP_VERSION
from frpg.auth.method import ServerAuth
from frpg.errors import FrpgError, ProtocolError, reason
from frpg.logs import prefixed
from frpg.net.address import join
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.frames import FrameType, encode_frame
from frpg.proto.framing import Codec, Framing, V2Framing
from frpg.proto.hello import ClientHello, ServerHello, select, session_keys
from frpg.proto.messages import Login, LoginResp
from frpg.proto.stage import Stage
from frpg.server.context import Context
from frpg.server.control import Control
from frpg.server.controls import Controls
from frpg.server.opening import Opening
from frpg.server.upstream import Carrier

logger = logging.getLogger(__name__)

_MAX_RUN_ID = 64  # characters
_MAX_SHOWN = 64  # characters of a stranger's text in a log line


def log_in(
    context: Context, controls: Controls, stream: Stream, opening: Opening, login: Login, carrier: Carrier | None
) -> bool:
    """Answer `login` and own `stream`; `carrier` is closed with the control. False: refused, and closed.

    It may wait until it is known who logs in. From then on nothing yields: what an older session of the same client had
    is free when the new one starts, and two logins of one client cannot overlap.
    """
    auth = context.auth  # all along, whatever a reload brings meanwhile
    try:
        framing, stage = _secure(auth, stream, opening)
        login = _asked(context, stream, login)
        control = _admit(auth, controls, stream, login, framing)
    except FrpgError as error:
        logger.warning("register control error: %s", reason(error))
        context.refusals.add("login", stream.remote_addr, reason(error))
        text = context.reason_for_client(error, "register control error")
        _answer(stream, opening.framing, LoginResp(version=FRP_VERSION, error=text))
        stream.close()
        return False
    stream.accept()
    _answer(stream, opening.framing, LoginResp(version=FRP_VERSION, run_id=control.run_id, half_close=True))
    control.start(StagedStream(stream, [stage]), carrier)
    return True


def _asked(context: Context, stream: Stream, login: Login) -> Login:
    """The login as plugins want it. Raises Refused; OSError: the client has gone meanwhile."""
    if context.hooks.login is None:
        return login
    login = context.hooks.login(login, stream.remote_addr)
    stream.check()
    return login


def answer_hello(stream: Stream, payload: bytes) -> tuple[ServerHello, bytes]:
    """Negotiate wire protocol v2; returns our hello and its payload. Raises ProtocolError when nothing fits."""
    try:
        hello = select(ClientHello.decode(payload))
    except ProtocolError as error:
        if error.reason != ProtocolError.reason:  # of an undecodable hello the peer is told nothing
            stream.write([encode_frame(FrameType.SERVER_HELLO, ServerHello(error=error.reason).encode())])
        raise
    answer = hello.encode()
    stream.write([encode_frame(FrameType.SERVER_HELLO, answer)])
    return hello, answer


def _secure(auth: ServerAuth, stream: Stream, opening: Opening) -> tuple[Framing, Stage]:
    """How the control connection goes on after LoginResp: its framing and its cipher."""
    if opening.framing.version == 1:
        from frpg.proto.cfb import Cfb

        return opening.framing, Cfb(auth.secret)
    if opening.hello is None:
        raise ProtocolError(reason="missing v2 crypto negotiation")
    from frpg.proto.aead import Aead

    hello, answer = answer_hello(stream, opening.hello)
    keys = session_keys(auth.secret, hello.algorithm, opening.hello, answer)
    codec: Codec = "msgpack" if hello.codec == "msgpack" else "json"
    return V2Framing(codec), Aead(hello.algorithm, keys.server_to_client, keys.client_to_server)


def _admit(auth: ServerAuth, controls: Controls, stream: Stream, login: Login, framing: Framing) -> Control:
    """Check the login and make its control, in place of an older one with the same run id."""
    run_id = login.run_id or secrets.token_hex(8)
    if len(run_id) > _MAX_RUN_ID or not run_id.isprintable():
        raise ProtocolError(reason="invalid run id")
    prefixed(logger, run_id).info(
        "client login info: ip [%s] version [%s] hostname [%s] os [%s] arch [%s]",
        join(stream.remote_addr),
        *map(shown, (login.version, login.hostname, login.os, login.arch)),
    )
    identity = auth.check_login(login)
    return controls.admit(login, run_id, framing, stream.remote_addr, auth=auth, identity=identity)


def shown(text: str) -> str:
    """A stranger's text for a log line: cut, and without what would break the line."""
    return "".join(char if char.isprintable() else "?" for char in text[:_MAX_SHOWN])


def _answer(stream: Stream, framing: Framing, answer: LoginResp) -> None:
    # Never blocks: a peer that does not read is found by the reader of the control.
    stream.write([framing.encode(answer)])
