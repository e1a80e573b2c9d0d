"""frpg: a reverse tunnel that speaks frp's protocol. Importing this package patches nothing."""

__version__ = "0.1.0"

# The frp release whose protocol, files and texts these programs have; told to peers and by `--version`.
FRP_VERSION = "0.70.1"
