"""Import a file of reference data: upload, see what it would do, apply just that. And take it out again."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.catalogue import register_files
from integrations.catalogue.reference_kinds import kinds
from integrations.catalogue.register_fields import parts
from integrations.models import RegisterPlan
from integrations.queries.facilities import facilities_in
from integrations.reference import entities, timelines
from integrations.reference.exporting import exported
from integrations.reference.rows import shape
from integrations.views.reference import day_words, shown
from integrations.views.reference_edit import turned_away
from integrations.views.register_import import TYPES, WRITE, uploaded
from integrations.views.register_words import REFUSED
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.downloads import as_file


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def upload(request: PersonRequest) -> HttpResponse:
    """Take a file and keep the plan of it; nothing changes yet."""
    away = turned_away(request)
    if away:
        return away
    error = ""
    if request.method == "POST":
        at = now()
        try:
            data, name = uploaded(request)
            rows, refused = register_files.read(data, shape(kinds()))
        except register_files.Unreadable as exc:
            error = REFUSED[exc.code]
        else:
            plan = entities.plan_of(rows, scope=request.scope, today=at.date(), refusals=refused)
            kept = entities.keep(plan, user=request.user, file_name=name, at=at)
            return redirect("integrations:reference-plan", kept.pk)
    page = {"home": _home(), "error": error}
    status = 422 if error else 200
    return render(request, "integrations/register_import.html", {"page": page}, status=status)


@require(Permission.MANAGE_CATALOGUE)
@require_GET
def plan(request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Show what the file would do; only to who uploaded it."""
    kept = _own(request, plan_id)
    if kept is None:
        return _gone(request)
    changes = [entities.Change(**each) for each in kept.changes]
    page = {
        "home": _home(),
        "import_url": reverse("integrations:reference-import"),
        "apply_url": reverse("integrations:reference-apply", args=[kept.pk]),
        "kept": kept,
        "changes": [
            {
                "what": each.what,
                "sort": kinds()[each.kind].label,
                "code": each.code,
                "rows": _rows(request, each),
            }
            for each in changes
        ],
        "refusals": [each | {"words": REFUSED[each["code"]]} for each in kept.refusals],
        "counts": {
            what: sum(each.what == what for each in changes) for what in ("added", "changed", "ended")
        },
    }
    return render(request, "integrations/register_plan.html", {"page": page})


def _rows(request: PersonRequest, change: entities.Change) -> list[tuple[str, str, str]]:
    """Return what becomes different: the field with its days, before and after."""
    specs = {spec.name: spec for spec in kinds()[change.kind].fields}
    places = facilities_in(scope=request.scope)
    rows = []
    for each in timelines.differences(timelines.read(change.before), timelines.read(change.after)):
        first, last = day_words(each.first, empty=""), day_words(each.last, empty="")
        days = "".join([f" from {first}" if first else "", f" until {last}" if last else ""])
        spec = specs[each.field]
        rows.append((spec.label + days, shown(spec, each.old, places), shown(spec, each.new, places)))
    return rows


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def apply(request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Do just what was shown."""
    kept = _own(request, plan_id)
    if kept is None:
        return _gone(request)
    try:
        done = entities.apply_kept(kept.pk, scope=request.scope, user=request.user, at=now())
    except entities.StalePlan:
        messages.error(request, REFUSED["plan_stale"], extra_tags="bad")
        return redirect("integrations:reference-plan", kept.pk)
    messages.success(request, f"Applied: {done} entities.", extra_tags="good")
    return redirect("integrations:reference")


@require(Permission.SEE_CATALOGUE)
@require_GET
def export(request: PersonRequest, form: str) -> HttpResponse:
    """Return the entities whose every facility one may see, as a file that the import takes."""
    if form not in WRITE:
        raise Http404
    at = now()
    mine = {place.code for place in facilities_in(scope=request.scope)}
    rows = exported()
    hidden = {key[:2] for key, said in rows.items() if not mine.issuperset(parts(said.get("facilities", "")))}
    whole = {key: said for key, said in rows.items() if key[:2] not in hidden}
    with transaction.atomic():
        audit.record(
            audit.Act.REFERENCE_EXPORTED,
            user=request.user,
            object_type="reference",
            object_id="",
            at=at,
            facility_ids=request.scope.facility_ids,
        )
    text = WRITE[form](whole, shape(kinds()))
    return as_file(text, name=f"reference-{at:%Y-%m-%d}.{form}", content_type=TYPES[form])


def _home() -> dict[str, str]:
    return {"url": reverse("integrations:reference"), "label": "Reference data"}


def _own(request: PersonRequest, plan_id: UUID) -> RegisterPlan | None:
    return RegisterPlan.objects.filter(pk=plan_id, made_by=request.user, about=entities.ABOUT).first()


def _gone(request: PersonRequest) -> HttpResponse:
    """Send somebody who asks for a plan that is not theirs to make one."""
    messages.error(request, "There is no such plan of yours. Upload the file.", extra_tags="bad")
    return redirect("integrations:reference-import")
