"""Import a file into the register: upload, see what it would do, apply just that. And take it out again."""

from dataclasses import asdict
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.catalogue import register, register_files
from integrations.catalogue.register_fields import FIELDS
from integrations.models import RegisterPlan
from integrations.queries import register as queries
from integrations.queries.facilities import facilities_in
from integrations.views.register_words import REFUSED
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.downloads import as_file

WRITE = {"csv": register_files.as_csv, "json": register_files.as_json}
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def uploaded(request: PersonRequest) -> tuple[bytes, str]:
    """Return the file that came with a form, and its name. Raises Unreadable."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.size is None:
        raise register_files.Unreadable("file_missing")
    if file.size > register_files.MAX_BYTES:
        raise register_files.Unreadable("file_too_large")
    return file.read(), file.name or ""


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def upload(request: PersonRequest) -> HttpResponse:
    """Take a file and keep the plan of it; nothing changes yet."""
    error = ""
    if request.method == "POST":
        try:
            data, name = uploaded(request)
            rows, refused = register_files.read(data)
        except register_files.Unreadable as exc:
            error = REFUSED[exc.code]
        else:
            plan = register.plan_of(rows, scope=request.scope, refusals=refused)
            kept = register.keep(plan, user=request.user, file_name=name, at=now())
            return redirect("integrations:catalogue-plan", kept.pk)
    status = 422 if error else 200
    page = {"home": _home(), "error": error}
    return render(request, "integrations/register_import.html", {"page": page}, status=status)


@require(Permission.MANAGE_CATALOGUE)
@require_GET
def plan(request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Show what the file would do; only to who uploaded it."""
    kept = _own(request, plan_id)
    if kept is None:
        return _gone(request)
    labels = {sort: {spec.name: spec.label for spec in specs} for sort, specs in FIELDS.items()}
    changes = [register.Change(**each) for each in kept.changes]
    page = {
        "home": _home(),
        "import_url": reverse("integrations:catalogue-import"),
        "apply_url": reverse("integrations:catalogue-apply", args=[kept.pk]),
        "kept": kept,
        "changes": [
            asdict(each) | {"rows": [(labels[each.sort][name], *both) for name, both in each.fields.items()]}
            for each in changes
        ],
        "refusals": [each | {"words": REFUSED[each["code"]]} for each in kept.refusals],
        "counts": {
            what: sum(each.what == what for each in changes) for what in ("added", "changed", "ended")
        },
    }
    return render(request, "integrations/register_plan.html", {"page": page})


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def apply(request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Do just what was shown."""
    kept = _own(request, plan_id)
    if kept is None:
        return _gone(request)
    try:
        done = register.apply_kept(kept.pk, scope=request.scope, user=request.user, at=now())
    except register.StalePlan:
        messages.error(request, REFUSED["plan_stale"], extra_tags="bad")
        return redirect("integrations:catalogue-plan", kept.pk)
    messages.success(request, f"Applied: {done} entries.", extra_tags="good")
    return redirect("integrations:catalogue")


@require(Permission.SEE_CATALOGUE)
@require_GET
def export(request: PersonRequest, form: str) -> HttpResponse:
    """Return the entries whose every facility one may see, as a file that the import takes."""
    if form not in WRITE:
        raise Http404
    at = now()
    ids = {place.id for place in facilities_in(scope=request.scope)}
    seen = queries.entries_in(scope=request.scope, today=at.date(), filters=queries.Filters(), limit=10_000)
    whole = {(each.sort, each.code) for each in seen if ids.issuperset(each.facility_ids)}
    entries = {key: values for key, values in register.everything_declared().items() if key in whole}
    with transaction.atomic():
        audit.record(
            audit.Act.CATALOGUE_EXPORTED,
            user=request.user,
            object_type="catalogue",
            object_id="",
            at=at,
            facility_ids=request.scope.facility_ids,
        )
    return as_file(WRITE[form](entries), name=f"catalogue-{at:%Y-%m-%d}.{form}", content_type=TYPES[form])


def _home() -> dict[str, str]:
    return {"url": reverse("integrations:catalogue"), "label": "Catalogue"}


def _own(request: PersonRequest, plan_id: UUID) -> RegisterPlan | None:
    return RegisterPlan.objects.filter(pk=plan_id, made_by=request.user, about="register").first()


def _gone(request: PersonRequest) -> HttpResponse:
    """Send somebody who asks for a plan that is not theirs to make one."""
    messages.error(request, "There is no such plan of yours. Upload the file.", extra_tags="bad")
    return redirect("integrations:catalogue-import")
