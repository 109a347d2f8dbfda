"""Import a file: upload, see what it would do, apply just that. And take out again what is there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.catalogue import register_files
from integrations.catalogue.importing import Entries, Import
from integrations.catalogue.plans import ChangeT, StalePlan
from integrations.models import RegisterPlan
from integrations.views.register_words import REFUSED
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.downloads import as_file

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
WHATS = ("added", "changed", "ended")
HINT = (
    "Nothing changes before you have seen the plan. A column that is left out stays as it is; an empty cell "
    "empties the field. An entry that is not in the file stays."
)


@dataclass(frozen=True, slots=True)
class Pages(Generic[ChangeT]):
    """What the pages of one import say, and what somebody gets to see on them."""

    what: Import[ChangeT]
    name: str  # the route of its home; also what exports and their audit rows are called
    label: str  # of its home
    noun: str  # what changes, in the plural
    exported_as: audit.Act
    shown: Callable[
        [PersonRequest, Sequence[ChangeT]], list[dict[str, Any]]
    ]  # sort and rows (label, old, new)
    whole: Callable[[PersonRequest, datetime], Entries]  # the entries whose every facility one may see
    away: Callable[[PersonRequest], HttpResponse | None] = lambda _: None  # for who may not even plan
    app: str = "integrations"  # whose routes these are
    under: str = ""  # the address that its home has; empty: its name
    hint: str = HINT  # what to know of a file
    refused: Mapping[str, str] = field(default_factory=lambda: REFUSED)
    template: str = "integrations/import_plan.html"
    further: Callable[[PersonRequest, Sequence[ChangeT]], dict[str, Any]] = lambda _, changes: {}  # of that

    @property
    def home(self) -> str:
        """The name of the route of its home."""
        return f"{self.app}:{self.name}"

    @property
    def crumb(self) -> dict[str, str]:
        """The link to its home."""
        return {"url": reverse(self.home), "label": self.label}


def routes(of: Pages[Any]) -> list[URLPattern]:
    """Return the addresses of an import, each guarded."""
    manage, see = require(Permission.MANAGE_CATALOGUE), require(Permission.SEE_CATALOGUE)
    post_or_get, name = require_http_methods(["GET", "POST"]), of.name
    under = of.under or name
    one = f"{under}/import/<uuid:plan_id>/"
    return [
        path(f"{under}/export/<str:form>/", see(require_GET(partial(export, of))), name=f"{name}-export"),
        path(f"{under}/import/", manage(post_or_get(partial(upload, of))), name=f"{name}-import"),
        path(one, manage(require_GET(partial(plan, of))), name=f"{name}-plan"),
        path(f"{one}apply/", manage(require_POST(partial(apply, of))), name=f"{name}-apply"),
    ]


def upload(of: Pages[Any], request: PersonRequest) -> HttpResponse:
    """Take a file and keep the plan of it; nothing changes yet."""
    away = of.away(request)
    if away:
        return away
    error = ""
    if request.method == "POST":
        at = now()
        try:
            data, name = _uploaded(request)
            planned = of.what.plan(data, scope=request.scope, today=at.date())
        except register_files.Unreadable as exc:
            error = of.refused[exc.code]
        else:
            kept = of.what.keep(planned, user=request.user, file_name=name, at=at)
            return redirect(f"{of.home}-plan", kept.pk)
    page = {"home": of.crumb, "error": error, "hint": of.hint}
    return render(request, "integrations/import.html", {"page": page}, status=422 if error else 200)


def plan(of: Pages[Any], request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Show what the file would do; only to who uploaded it."""
    kept = _own(of, request, plan_id)
    if kept is None:
        return _gone(of, request)
    changes = of.what.changes_of(kept)
    shown = zip(changes, of.shown(request, changes), strict=True)
    page = {
        "home": of.crumb,
        "import_url": reverse(f"{of.home}-import"),
        "apply_url": reverse(f"{of.home}-apply", args=[kept.pk]),
        "kept": kept,
        "changes": [{"what": each.what, "code": each.code, **more} for each, more in shown],
        "refusals": [each | {"words": of.refused[each["code"]]} for each in kept.refusals],
        "counts": {what: sum(each.what == what for each in changes) for what in WHATS},
        **({} if kept.applied_at else of.further(request, changes)),
    }
    return render(request, of.template, {"page": page})


def apply(of: Pages[Any], request: PersonRequest, plan_id: UUID) -> HttpResponse:
    """Do just what was shown."""
    kept = _own(of, request, plan_id)
    if kept is None:
        return _gone(of, request)
    try:
        done = of.what.apply_kept(kept.pk, scope=request.scope, user=request.user, at=now())
    except StalePlan:
        messages.error(request, REFUSED["plan_stale"], extra_tags="bad")
        return redirect(f"{of.home}-plan", kept.pk)
    messages.success(request, f"Applied: {done} {of.noun}.", extra_tags="good")
    return redirect(of.home)


def export(of: Pages[Any], request: PersonRequest, form: str) -> HttpResponse:
    """Return the entries whose every facility one may see, as a file that the import takes."""
    if form not in TYPES:
        raise Http404
    at = now()
    entries = of.whole(request, at)
    audit.record_export(
        of.exported_as, user=request.user, what=of.name, at=at, facility_ids=request.scope.facility_ids
    )
    text = of.what.files().written(entries, form)
    return as_file(text, name=f"{of.name}-{at:%Y-%m-%d}.{form}", content_type=TYPES[form])


def _uploaded(request: PersonRequest) -> tuple[bytes, str]:
    """Return the file that came with a form, and its name. Raises Unreadable."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.size is None:
        raise register_files.Unreadable("file_missing")
    if file.size > register_files.MAX_BYTES:
        raise register_files.Unreadable("file_too_large")
    return file.read(), file.name or ""


def _own(of: Pages[Any], request: PersonRequest, plan_id: UUID) -> RegisterPlan | None:
    return RegisterPlan.objects.filter(pk=plan_id, made_by=request.user, about=of.what.about).first()


def _gone(of: Pages[Any], request: PersonRequest) -> HttpResponse:
    """Send somebody who asks for a plan that is not theirs to make one."""
    messages.error(request, "There is no such plan of yours. Upload the file.", extra_tags="bad")
    return redirect(f"{of.home}-import")
