"""Pure: one refusal of a whole request, before it is written in the sender's encoding."""

from collections.abc import Mapping

NO_HEADERS: Mapping[str, str] = {}


class Refusal(Exception):
    """The request is not taken: a status, a stable code, when to try again (seconds), extra headers."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.headers = headers
