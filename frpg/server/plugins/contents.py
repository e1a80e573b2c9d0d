"""What a plugin is asked about: one frozen dataclass for each operation.

Fields have the names of frp's HTTP plugins, and so do both kinds of plugin. A field that the client left out is "", 0,
False or empty. Change one with `dataclasses.replace(content, remote_port=6000)`, never in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from frpg.proto.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

Op = Literal["Login", "NewProxy", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """The session that an operation belongs to, as it has logged in. A plugin cannot change it."""

    user: str = field(default="", metadata={"always": True})  # `user` of the client's configuration
    metas: dict[str, str] = field(default_factory=dict, metadata={"always": True})  # its `metadatas`
    run_id: str = field(default="", metadata={"always": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginContent(Login):
    """A client wants to log in; nothing of this is verified yet. The changed fields are what is verified then."""

    client_address: str = ""  # ip:port; facts such as this one stay, whatever a plugin answers


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProxyContent(NewProxy):
    """A client registers a proxy. The changed fields are what is registered.

    The client takes note only of an answer with the `proxy_name` that it has asked for.
    """

    user: UserInfo = field(default_factory=UserInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseProxyContent(CloseProxy):
    """A proxy has ended: its client closed it, or has gone."""

    user: UserInfo = field(default_factory=UserInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class PingContent(Ping):
    """A client's heartbeat. Key and timestamp are there when `auth.additionalScopes` has HeartBeats."""

    user: UserInfo = field(default_factory=UserInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkConnContent(NewWorkConn):
    """A client brings a work connection. Key and timestamp are there when `auth.additionalScopes` has NewWorkConns."""

    user: UserInfo = field(default_factory=UserInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUserConnContent:
    """Somebody connects to a proxy: tcp, https or tcpmux."""

    proxy_name: str = ""
    proxy_type: str = ""
    remote_addr: str = ""  # ip:port of the user
    user: UserInfo = field(default_factory=UserInfo)


Content = LoginContent | NewProxyContent | CloseProxyContent | PingContent | NewWorkConnContent | NewUserConnContent

CONTENTS: dict[Op, type[Content]] = {
    "Login": LoginContent,
    "NewProxy": NewProxyContent,
    "CloseProxy": CloseProxyContent,
    "Ping": PingContent,
    "NewWorkConn": NewWorkConnContent,
    "NewUserConn": NewUserConnContent,
}
