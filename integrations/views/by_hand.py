"""Declare or change one entry by a form: the same plan as an import, of one row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst

from integrations.catalogue.importing import Import
from integrations.catalogue.plans import ChangeT, Row, StalePlan
from integrations.catalogue.register_fields import Field
from integrations.views.register_words import REFUSED
from observability.accounts.guard import PersonRequest
from observability.core.clock import now

Values = Mapping[str, str]
TYPES = {"day": "date", "number": "number", "choice": "select"}


@dataclass(frozen=True, slots=True)
class Form(Generic[ChangeT]):
    """What is special to the form of one entry."""

    of: Import[ChangeT]
    sort: str
    title: str  # what is made, with its article
    fields: Sequence[Field]  # of something new, `code` among them
    home: Values  # url, label
    entry: str  # the route of an entry, by sort and code
    code: str | None = None  # None: it is new
    values: Values = field(default_factory=dict)  # as they stand, or to begin with
    row: Callable[[Values], Values] = dict  # what is said of the values of the form

    @property
    def asked(self) -> list[Field]:
        """The fields that somebody fills in: the code stays what it is."""
        return [spec for spec in self.fields if not (self.code and spec.name == "code")]


def answer(request: PersonRequest, form: Form[Any]) -> HttpResponse:
    """Show the form; or do what it says, and lead to the entry."""
    values, errors = form.values, {}
    if request.method == "POST":
        said = {spec.name: request.POST.get(spec.name, values.get(spec.name, "")) for spec in form.fields}
        values = said | {"code": form.code or said["code"].strip()}
        errors = _kept(request, form, values)
        if not errors:
            return redirect(form.entry, form.sort, values["code"])
    page = {
        "home": form.home,
        "entry_url": reverse(form.entry, args=[form.sort, form.code]) if form.code else "",
        "title": form.title,
        "code": form.code,
        "errors": errors,
        "fields": [_field(spec, values, errors) for spec in form.asked],
    }
    return render(request, "integrations/register_edit.html", {"page": page}, status=422 if errors else 200)


def _kept(request: PersonRequest, form: Form[Any], values: Values) -> dict[str, str]:
    """Do what the form says; return what keeps it from being done, each under a field that is shown."""
    at, shown = now(), [spec.name for spec in form.asked]
    row = Row(1, form.sort, {**form.row(values), "code": values["code"]})
    plan = form.of.plan_of([row], scope=request.scope, today=at.date(), refusals=())
    errors = {each.field if each.field in shown else shown[0]: REFUSED[each.code] for each in plan.refusals}
    if form.code is None and any(each.what != "added" for each in plan.changes):
        errors["code"] = "There is an entry of this code."
    if not errors:
        try:
            form.of.apply(plan.changes, scope=request.scope, user=request.user, at=at)
        except StalePlan:
            errors[shown[0]] = REFUSED["plan_stale"]
    return errors


def _field(spec: Field, values: Values, errors: Values) -> dict[str, Any]:
    """Return the arguments of ui/_field.html for one field, and its name."""
    help = spec.help
    if spec.reads == "choices":
        help = f"{help} {', '.join(spec.choices)}."
    if spec.unit:
        help = f"{help} {capfirst(spec.unit)}."
    return {
        "name": spec.name,
        "label": spec.label,
        "type": TYPES.get(spec.reads, "text"),
        "value": values.get(spec.name, ""),
        "help": help,
        "options": [{"value": key, "label": word} for key, word in spec.choices.items()],
        "blank": "Not said",
        "error": errors.get(spec.name, ""),
        "required": spec.required,
    }
