"""Builders of people."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.test import Client

from observability.accounts.models import Display, Grant, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build.edge import build_facility

PASSWORD = "correct horse battery"
# Hashed once: argon2 is slow on purpose.
_HASHED = make_password(PASSWORD)


def build_user(
    username: str = "alice", *, role: Role | None = None, at: tuple[str, ...] = ("NORTH",)
) -> User:
    """Return a person with `role` at the facilities `at`; without a role, somebody who may see nothing."""
    user = User.objects.create(username=username, password=_HASHED)
    if role is not None:
        grant(user, role, at=at)
    return user


def grant(user: User, role: Role, *, at: tuple[str, ...] | None) -> None:
    """Give `role` at the facilities `at`; None is every facility, also later ones."""
    places = [None] if at is None else [build_facility(code).pk for code in at]
    for facility_id in places:
        Grant.objects.create(user=user, role=role, facility_id=facility_id)


def sign_in(client: Client, user: User) -> Client:
    """Sign `user` in without the form; return the same client."""
    client.force_login(user)
    return client


def build_display(*at: str, made_by: User | None = None) -> Display:
    """Return a display of the facilities `at` that stands for a week; its link is not opened."""
    return Display.objects.create(
        name=f"Wall {uuid4().hex}",
        facility_ids=[build_facility(code).pk for code in at],
        made_by=made_by or build_user(f"maker-{uuid4().hex}", role=Role.ADMINISTRATOR, at=at),
        made_at=now(),
        reason="Shown at the desk of the business office",
        expires_at=now() + timedelta(days=7),
    )
