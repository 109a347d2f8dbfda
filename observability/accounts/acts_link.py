"""The address of the acts about something, for the page of that thing."""

from urllib.parse import urlencode

from django.urls import reverse

from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope


def acts_url(scope: Scope, *, about: str = "", who: str = "") -> str:
    """Return where the acts about an object (`type:id`) or of a person are read; empty for who may not."""
    if not scope.allows(Permission.SEE_AUDIT):
        return ""
    said = urlencode({name: value for name, value in (("about", about), ("who", who)) if value})
    return f"{reverse('audit:rows')}?{said}"
