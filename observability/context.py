"""What every template may use without its view passing it."""

from django.http import HttpRequest


def csp_nonce(request: HttpRequest) -> dict[str, object]:
    """The word by which this answer's scripts prove to the browser that they are ours."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
