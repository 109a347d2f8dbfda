"""Plans that are kept between being shown and being applied, so that what is applied is what was shown."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.models import RegisterPlan
from observability.accounts.models import User


class StalePlan(Exception):
    """What is there says something else by now than when the plan was made, or the plan was applied."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be taken."""

    number: int
    code: str
    field: str


def keep(
    about: str,
    *,
    changes: Iterable[Any],
    refusals: Iterable[Refusal],
    unchanged: int,
    user: User | None,
    file_name: str,
    at: datetime,
) -> RegisterPlan:
    """Keep a plan about the register or about reference data; its changes are dataclasses."""
    return RegisterPlan.objects.create(
        id=uuid.uuid4(),
        about=about,
        made_at=at,
        made_by=user,
        file_name=file_name[:120],
        changes=[asdict(each) for each in changes],
        refusals=[asdict(each) for each in refusals],
        unchanged=unchanged,
    )


@contextmanager
def taken(about: str, kept_id: uuid.UUID, at: datetime) -> Iterator[RegisterPlan]:
    """Hand out a kept plan to be applied, once, in one transaction. Raises StalePlan, DoesNotExist."""
    with transaction.atomic():
        kept = RegisterPlan.objects.select_for_update().get(pk=kept_id, about=about)
        if kept.applied_at is not None:
            raise StalePlan
        yield kept
        kept.applied_at = at
        kept.save(update_fields=["applied_at"])
