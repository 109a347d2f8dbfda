"""Files through the connector, the REST edge and the drain, as `manage.py connect` and a worker do it."""

from pathlib import Path
from typing import Any

import requests
from django.test import Client
from requests.adapters import BaseAdapter

from integrations.adapters.post import Poster as Sender
from integrations.adapters.run import Run
from tests.ingest.posting import Poster
from tracing.storage.drain import drain


class Inside(BaseAdapter):
    """A transport for requests that ends in Django's test client instead of a socket."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        named = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        content_type = named.pop("Content-Type")
        answer = Client().generic(
            "POST", request.path_url, request.body or b"", content_type=content_type, headers=named
        )
        response = requests.Response()
        response.status_code, response._content, response.request = (
            answer.status_code,
            answer.content,
            request,
        )
        return response

    def close(self) -> None:
        """Nothing is open."""


def connect(post: Poster, *paths: Path) -> list[str]:
    """Run the connector over files as `manage.py connect` does, then drain; return what it told."""
    told: list[str] = []
    session = requests.Session()
    session.mount("http://inside", Inside())
    sender = Sender("http://inside", post.key, session=session)
    Run(sender, "NORTH", 100, told.append, lambda file, done, of: None).over(paths)
    while drain(seconds=30):
        pass
    return told
