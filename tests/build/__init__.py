"""One-line builders of valid objects: a test names only what it is about."""

from tests.build.edge import build_connector, build_facility, build_meaning
from tests.build.people import PASSWORD, build_user, grant, sign_in
from tests.build.tracing import build_merge, build_transaction

__all__ = [
    "PASSWORD",
    "build_connector",
    "build_facility",
    "build_meaning",
    "build_merge",
    "build_transaction",
    "build_user",
    "grant",
    "sign_in",
]
