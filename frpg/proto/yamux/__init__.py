"""yamux, the multiplexer of frp: bytes in, delivery calls and bytes out. Source: hashicorp/yamux spec.md."""
