"""Files change a part of the catalogue in one way: read, planned, shown, applied once, written out again."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol

from django.db import transaction

from integrations.catalogue.plans import ChangeT, Plan, Refusal, Row, StalePlan
from integrations.models import RegisterPlan
from observability.accounts.models import User
from observability.accounts.scopes import Scope

Entries = Mapping[Any, Mapping[str, str]]  # keys: the type, then what orders the entries of a type


class Files(Protocol):
    """How the files of one part of the catalogue are read and written."""

    def read(self, data: bytes) -> tuple[list[Row], list[Refusal]]:
        """Return the rows of a file and those that cannot even be read. Raises Unreadable."""

    def written(self, entries: Entries, form: str) -> str:
        """Return entries as `csv` or `json` that `read` takes again without a change."""


class Planner(Protocol[ChangeT]):
    """Returns what rows would do, changing nothing."""

    def __call__(
        self, rows: Iterable[Row], *, scope: Scope, today: date, refusals: Iterable[Refusal]
    ) -> Plan[ChangeT]: ...


class Applier(Protocol[ChangeT]):
    """Does what a plan says, all of it or nothing. Raises StalePlan."""

    def __call__(self, changes: list[ChangeT], *, scope: Scope, user: User | None, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Import(Generic[ChangeT]):
    """What is special to one part of the catalogue, and what all parts do alike with it."""

    about: str  # what its kept plans are about
    change: Callable[..., ChangeT]
    files: Callable[[], Files]
    plan_of: Planner[ChangeT]
    apply: Applier[ChangeT]
    exported: Callable[[], Entries]

    def plan(self, data: bytes, *, scope: Scope, today: date) -> Plan[ChangeT]:
        """Return what a file would do. Raises Unreadable."""
        rows, refusals = self.files().read(data)
        return self.plan_of(rows, scope=scope, today=today, refusals=refusals)

    def keep(self, plan: Plan[ChangeT], *, user: User | None, file_name: str, at: datetime) -> RegisterPlan:
        """Keep a plan, so that what is applied is what was shown."""
        return RegisterPlan.objects.create(
            id=uuid.uuid4(),
            about=self.about,
            made_at=at,
            made_by=user,
            file_name=file_name[:120],
            changes=[asdict(each) for each in plan.changes],
            refusals=[asdict(each) for each in plan.refusals],
            unchanged=plan.unchanged,
        )

    def changes_of(self, kept: RegisterPlan) -> list[ChangeT]:
        """Return what a kept plan would change."""
        return [self.change(**each) for each in kept.changes]

    def apply_kept(self, kept_id: uuid.UUID, *, scope: Scope, user: User | None, at: datetime) -> int:
        """Do what a kept plan says, once; answer how many entries changed. Raises StalePlan, DoesNotExist."""
        with transaction.atomic():
            kept = RegisterPlan.objects.select_for_update().get(pk=kept_id, about=self.about)
            if kept.applied_at is not None:
                raise StalePlan
            self.apply(self.changes_of(kept), scope=scope, user=user, at=at)
            kept.applied_at = at
            kept.save(update_fields=["applied_at"])
        return len(kept.changes)
