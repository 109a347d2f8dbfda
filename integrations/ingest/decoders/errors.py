"""Pure: what a decoder says when it refuses. A code is stable and never holds a value from the wire."""


class MalformedBody(Exception):
    """The whole body cannot be read; the sender must not send it again unchanged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TooManyItems(MalformedBody):
    """The body holds more items than one request may carry."""

    def __init__(self) -> None:
        super().__init__("too_many_items")


class RejectedItem(Exception):
    """One item cannot be kept; its neighbours go through."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
