"""A security key in software, and the browser that stands between it and a page."""

import hashlib
import html
import json
import os
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, WITH_CREDENTIAL = 0x01, 0x41


def asked(page: bytes) -> dict[str, str]:
    """Return what a page asks the browser's keys."""
    found = re.search(r'data-asks="([^"]+)"', page.decode())
    assert found
    said: dict[str, str] = json.loads(html.unescape(found[1]))
    return said


class SoftKey:
    """Signs whatever it is asked to, for a page of `origin`; counts like a real one."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self.origin, self.rp = origin, "testserver"
        self.private, self.id, self.counter = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), 5

    def created(self, asks: dict[str, str]) -> str:
        """Return the answer of a key that is added."""
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = self._data(WITH_CREDENTIAL, credential)
        told = AttestationObject.create("none", data, {})
        return self._answer(self._client("webauthn.create", asks), attestationObject=told)

    def signed(self, asks: dict[str, str]) -> str:
        """Return the answer of a key that signs in; it has counted one more."""
        self.counter += 1
        data, client = self._data(PRESENT), self._client("webauthn.get", asks)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(client, authenticatorData=data, signature=signature)

    def _data(self, flags: int, credential: bytes = b"") -> AuthenticatorData:
        rp = hashlib.sha256(self.rp.encode()).digest()
        told: AuthenticatorData = AuthenticatorData.create(
            rp, AuthenticatorData.FLAG(flags), self.counter, credential
        )
        return told

    def _client(self, kind: str, asks: dict[str, str]) -> bytes:
        return json.dumps({"type": kind, "challenge": asks["challenge"], "origin": self.origin}).encode()

    def _answer(self, client: bytes, **parts: bytes) -> str:
        response = {name: websafe_encode(part) for name, part in {"clientDataJSON": client, **parts}.items()}
        named = websafe_encode(self.id)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
