"""An OpenID Connect provider on this machine: discovery, keys, tokens, a page that asks nobody."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

CLIENT, SECRET = "throughline", "a secret: with a colon"


@cache
def key(kid: str) -> rsa.RSAPrivateKey:
    """Return a key of this name; made once, because making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(kid: str) -> dict[str, Any]:
    """Return the public half of a key as it is published."""
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key(kid).public_key(), as_dict=True)
    return public | {"kid": kid, "use": "sig", "alg": "RS256"}


@dataclass
class Provider:
    """What it says, and what it was asked; a test changes either."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)  # over the right ones; None leaves one out
    discovery: dict[str, Any] = field(default_factory=dict)  # the same
    published: list[str] = field(default_factory=lambda: ["one"])
    signs_with: str = "one"
    kid: str = ""  # what it says that it signs with; empty: the truth
    algorithm: str = "RS256"
    asked: dict[str, str] = field(default_factory=dict)  # at the page to sign in
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # why it gave no token

    def described(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.discovery,
        }

    def token_for(self, asked: dict[str, str]) -> str:
        """Return the ID token of who signed in."""
        at = int(time.time())
        said = {
            "iss": self.url,
            "sub": "subject-1",
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": asked["nonce"],
            **({"auth_time": at} if "max_age" in asked else {}),
            **self.claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        secret: Any = key(self.signs_with) if self.algorithm == "RS256" else SECRET
        if self.algorithm == "none":
            secret = None
        kid = self.kid or self.signs_with
        return jwt.encode(said, secret, algorithm=self.algorithm, headers={"kid": kid})

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return the tokens for a code, as RFC 6749 and RFC 7636 have it; None where something is wrong."""
        asked = self.codes.pop(form.get("code", ""), None)
        sent = f"{urlencode({'': CLIENT})[1:]}:{urlencode({'': SECRET})[1:].replace('+', '%20')}"
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        checks = {
            "code": asked is not None,
            "secret": authorization == "Basic " + base64.b64encode(sent.encode()).decode(),
            "verifier": asked is not None and challenge == asked["code_challenge"],
            "redirect": asked is not None and form.get("redirect_uri") == asked["redirect_uri"],
        }
        self.refused += [name for name, good in checks.items() if not good]
        if asked is None or not all(checks.values()):
            return None
        return {"access_token": "unused", "token_type": "Bearer", "id_token": self.token_for(asked)}


class _Door(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path == "/.well-known/openid-configuration":
            self._say(self.provider.described())
        elif path == "/keys":
            self._say({"keys": [jwk(kid) for kid in self.provider.published]})
        elif path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            self.provider.asked = asked
            code = f"code-{len(self.provider.codes)}-{time.monotonic_ns()}"
            self.provider.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"], "iss": self.provider.url})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        said = self.provider.exchange(form, self.headers.get("Authorization", ""))
        self._say(said or {"error": "invalid_grant"}, 200 if said else 400)

    def _say(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def providing() -> Iterator[Provider]:
    """Run a provider until the block ends."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"provider": provider}))
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def leave(client: Client, wanted: str = "", door: str = "/sign-in/elsewhere/") -> str:
    """Press the button, and be sent back by the provider; return the address to come back to."""
    going = client.get(door, {"next": wanted} if wanted else {})
    back = requests.get(going["Location"], allow_redirects=False, timeout=60).headers["Location"]
    return urlsplit(back)._replace(scheme="", netloc="").geturl()


def arrive(client: Client, wanted: str = "", door: str = "/sign-in/elsewhere/") -> Any:
    """Go all the way; return the last answer."""
    return client.get(leave(client, wanted, door))
