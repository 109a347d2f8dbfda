"""What can go wrong with the servers we start ourselves, said so that a person can act on it."""


class EmbeddedError(Exception):
    """A server could not be started or kept; the message says what happened and what to do."""


class AlreadyRunning(EmbeddedError):
    """Another process holds the same data."""
