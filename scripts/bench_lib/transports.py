"""The ways of frp's client-server link that are measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transport:
    """One combination of multiplexing and TLS."""

    name: str  # the end of a row's name
    title: str
    tcp_mux: bool = True
    tls: bool = True

    # What is true by default stays out of the files: "default" is what a user gets who sets nothing.

    @property
    def frps_options(self) -> list[str]:
        return [] if self.tcp_mux else ["transport.tcpMux = false"]

    @property
    def frpc_options(self) -> list[str]:
        return self.frps_options + ([] if self.tls else ["transport.tls.enable = false"])


DEFAULT = Transport("default", "default (mux, TLS)")
MUX = Transport("mux", "mux, no TLS", tls=False)
NOMUX = Transport("nomux", "no mux, no TLS", tcp_mux=False, tls=False)
NOMUX_TLS = Transport("nomux-tls", "no mux, TLS", tcp_mux=False)
ALL = (DEFAULT, MUX, NOMUX, NOMUX_TLS)
