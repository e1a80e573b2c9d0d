"""Server plugins: what they are made of. See docs/server-plugins.md."""

from frpg.server.plugins.api import Reject, ServerPlugin
from frpg.server.plugins.contents import (
    CloseProxyContent,
    LoginContent,
    NewProxyContent,
    NewUserConnContent,
    NewWorkConnContent,
    PingContent,
    UserInfo,
)

__all__ = [
    "CloseProxyContent",
    "LoginContent",
    "NewProxyContent",
    "NewUserConnContent",
    "NewWorkConnContent",
    "PingContent",
    "Reject",
    "ServerPlugin",
    "UserInfo",
]
