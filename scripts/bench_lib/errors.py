"""What can go wrong with a contender; a fault of the bench itself is any other exception."""


class ContenderFailed(Exception):
    """A program of a contender did not start, died, or did not carry what it was given; str() tells which and how."""
