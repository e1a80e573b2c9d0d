"""frpg: a reverse tunnel that speaks frp's protocol. Importing this package patches nothing."""

__version__ = "0.1.0"
