"""Option groups that both programs, their proxies and visitors share.

Names follow one rule: the v1 key `transport.tcpMux` is the attribute `transport.tcp_mux`; see `decode.v1_key`.
A default written here is the one of frp 0.70.1 and also stands in for an empty value (`0`, `""`); only booleans keep an
explicit `false`. Source: frp 0.70.1 behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("trace", "debug", "info", "warn", "error")
AUTH_METHODS = ("token", "oidc")
AUTH_SCOPES = ("HeartBeats", "NewWorkConns")
PORT_MAX = 65535


@dataclass(slots=True, kw_only=True)
class LogConfig:
    """Where log lines go."""

    to: str = "console"  # "console" is standard output, all else a file
    level: str = "info"
    format: str = "text"  # not in frp; "json": one object a line
    max_days: int = 3  # days that rotated files are kept; negative: for ever
    disable_print_color: bool = False


@dataclass(slots=True, kw_only=True)
class TlsFiles:
    """PEM files of one TLS end."""

    cert_file: str = ""
    key_file: str = ""
    trusted_ca_file: str = ""
    server_name: str = ""  # name expected in the other end's certificate


@dataclass(slots=True, kw_only=True)
class WebServerConfig:
    """Dashboard of frps, admin interface of frpc."""

    addr: str = "127.0.0.1"
    port: int = 0  # 0: off
    user: str = ""
    password: str = field(default="", repr=False)
    assets_dir: str = ""
    pprof_enable: bool = False
    tls: TlsFiles | None = None  # present, even empty: TLS is on


@dataclass(slots=True, kw_only=True)
class QuicConfig:
    """QUIC carrier, both ends."""

    keepalive_period: int = 10  # seconds
    max_idle_timeout: int = 30  # seconds
    max_incoming_streams: int = 100000


@dataclass(slots=True, kw_only=True)
class FileSource:
    """Value source that reads a file; white space around its content is dropped."""

    path: str = ""


@dataclass(slots=True, kw_only=True)
class EnvVar:
    """One variable added to the environment of a command."""

    name: str = ""
    value: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class ExecSource:
    """Value source that runs a command, without a shell, and takes its output."""

    command: str = ""
    args: list[str] = field(default_factory=list, repr=False)
    env: list[EnvVar] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ValueSource:
    """Says where a secret is to be had, in place of the secret."""

    type: str = ""  # file, exec
    file: FileSource | None = None
    exec: ExecSource | None = None


@dataclass(slots=True, kw_only=True)
class AuthConfig:
    """What frps and frpc prove themselves with; each program adds its own `oidc`."""

    method: str = "token"
    additional_scopes: list[str] = field(default_factory=list)
    token: str = field(default="", repr=False)
    token_source: ValueSource | None = None


@dataclass(slots=True, kw_only=True)
class HeaderOperations:
    """Changes to the headers of a request or an answer."""

    set: dict[str, str] = field(default_factory=dict, repr=False)  # may hold credentials


@dataclass(slots=True, kw_only=True)
class HttpHeader:
    """One header of a health check's request."""

    name: str = ""
    value: str = field(default="", repr=False)
