"""Read all that holds of reference entities, and write what shall."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from integrations.catalogue.reference_kinds import VERSIONED, kinds
from integrations.models import ReferenceEntity, ReferenceVersion, RegisterChange
from integrations.reference.dating import Stretch
from integrations.reference.fitting import Key as Key
from integrations.reference.timelines import Timeline, Values, differences
from observability.accounts import audit
from observability.accounts.models import User


def everything() -> dict[Key, Timeline]:
    """Return every entity with all that holds of it, as text. An entity without days is none."""
    return _read(ReferenceVersion.objects.all())


def timeline_of(kind: str, code: str) -> Timeline:
    """Return all that holds of one entity. Whether the asker may see it is for the caller to find out."""
    return _read(ReferenceVersion.objects.filter(entity__kind=kind, entity__code=code)).get((kind, code), [])


def _read(versions: QuerySet[ReferenceVersion]) -> dict[Key, Timeline]:
    found: dict[Key, Timeline] = {}
    rows = versions.select_related("entity", "parent", "owner_user")
    for row in rows.order_by("entity__kind", "entity__code", "valid_from"):
        kept = found.setdefault((row.entity.kind, row.entity.code), [])
        kept.append(Stretch(_text(row), row.valid_from, row.valid_to))
    return found


def _text(row: ReferenceVersion) -> Values:
    own = {
        "name": row.name,
        "parent": row.parent.code if row.parent else "",
        "owner": row.owner,
        "owner_user": row.owner_user.username if row.owner_user else "",
        "steward": row.steward,
    }
    return {
        spec.name: own[spec.name] if spec.name in VERSIONED else row.values.get(spec.name, "")
        for spec in kinds()[row.entity.kind].fields
        if spec.name != "code"
    }


def write(
    wanted: Mapping[Key, Timeline],
    standing: Mapping[Key, Timeline],
    whats: Mapping[Key, str],
    *,
    user: User | None,
    at: datetime,
) -> None:
    """Let just this hold of these entities, in the transaction and under the lock of the caller."""
    ReferenceEntity.objects.bulk_create(
        [ReferenceEntity(kind=kind, code=code) for kind, code in sorted(wanted)], ignore_conflicts=True
    )
    ids = {(each.kind, each.code): each.pk for each in ReferenceEntity.objects.all()}
    people = dict(User.objects.values_list("username", "id"))
    ReferenceVersion.objects.filter(entity_id__in=[ids[key] for key in wanted]).delete()
    ReferenceVersion.objects.bulk_create(
        _version(key, stretch, ids, people) for key, timeline in wanted.items() for stretch in timeline
    )
    told = {key: differences(standing.get(key, []), timeline) for key, timeline in wanted.items()}
    RegisterChange.objects.bulk_create(
        RegisterChange(
            at=at, user=user, sort=key[0], code=key[1], field=each.field, old=each.old, new=each.new,
            valid_from=each.first, valid_to=each.last,
        )
        for key, different in told.items()
        for each in different
    )  # fmt: skip
    for key, different in told.items():
        audit.record(
            audit.Act.REFERENCE_CHANGED,
            user=user,
            object_type="reference_entity",
            object_id=ids[key],
            at=at,
            reason=f"{whats[key]}: {', '.join(dict.fromkeys(each.field for each in different))}",
        )


def _version(
    key: Key, stretch: Stretch[Values], ids: Mapping[Key, int], people: Mapping[str, int]
) -> ReferenceVersion:
    said, parent = stretch.value, stretch.value.get("parent", "")
    return ReferenceVersion(
        entity_id=ids[key],
        valid_from=stretch.first,
        valid_to=stretch.last,
        name=said["name"],
        parent_id=ids[kinds()[key[0]].parent, parent] if parent else None,
        owner=said["owner"],
        owner_user_id=people[said["owner_user"]] if said["owner_user"] else None,
        steward=said["steward"],
        values={name: text for name, text in said.items() if name not in VERSIONED and text},
    )
