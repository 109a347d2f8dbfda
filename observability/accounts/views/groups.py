"""What the groups of the organisation's sign-in give: `/access/groups/`, read, tried out and applied.

Rules may reach every facility, so only who sees access everywhere reads them, and only who decides on it
everywhere tries and applies others.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from observability.accounts import audit, granting, group_files, groups
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now

MOST_LETTERS = 200_000  # of rules: some thousand lines
NOT_HERE = "Only who decides on access everywhere changes what groups give: a rule may reach every facility."
TOO_LONG = f"More than {MOST_LETTERS:,} letters: use manage.py groups."
OWN = "These rules would give something to yourself. Somebody else has to apply them."
OVERTAKEN = "Something changed meanwhile, so nothing was applied. This is what would happen now."
TOO_SHORT = f"Give a reason of at least {audit.MIN_REASON} characters."


@require(Permission.SEE_ACCESS)
@require_GET
def groups_page(request: PersonRequest) -> HttpResponse:
    """Show the rules that stand, and offer them to be changed."""
    everywhere = Permission.SEE_ACCESS in request.scope.everywhere
    return _page(request, None) if everywhere else render(request, "accounts/groups.html", {"page": {}})


@require(Permission.MANAGE_ACCESS)
@require_POST
def plan_groups(request: PersonRequest) -> HttpResponse:
    """Show what other rules would change, for whom. Nothing changes."""
    return _tried(request, "") if _decides(request) else redirect("accounts:groups")


@require(Permission.MANAGE_ACCESS)
@require_POST
def apply_groups(request: PersonRequest) -> HttpResponse:
    """Put rules in place of those that stand, if that does just what was shown."""
    if not _decides(request):
        return redirect("accounts:groups")
    at, text = now(), request.POST.get("rules", "")
    wanted, refused = group_files.read(text, group_files.Where.on(at.date()))
    if refused or len(text) > MOST_LETTERS:
        return _tried(request, "")
    reason, planned = request.POST.get("reason", ""), request.POST.get("plan", "")
    try:
        made = groups.apply(wanted, at=at, by=request.user, reason=reason, planned=planned)
    except audit.ReasonTooShort:
        return _tried(request, TOO_SHORT)
    except groups.Overtaken:
        return _tried(request, OVERTAKEN)
    except granting.OwnGrant:
        return _tried(request, "")
    messages.success(request, f"Applied: {_counts(made)}.", extra_tags="good")
    return redirect("accounts:groups")


def _decides(request: PersonRequest) -> bool:
    if granting.decides_everywhere(request.scope):
        return True
    messages.error(request, NOT_HERE, extra_tags="bad")
    return False


def _tried(request: PersonRequest, error: str) -> HttpResponse:
    """Show the plan of what was posted, or why there is none."""
    at, text = now(), request.POST.get("rules", "")
    where = group_files.Where.on(at.date())
    if len(text) > MOST_LETTERS:
        return _page(request, text, error=TOO_LONG)
    wanted, refused = group_files.read(text, where)
    if refused:
        return _page(request, text, refused=[f"Line {each.line}: {each.column}" for each in refused])
    try:
        made = groups.plan(wanted, at=at, by=request.user)
    except granting.OwnGrant:
        return _page(request, text, error=OWN)
    changed = [*((rule, "added") for rule in made.added), *((rule, "removed") for rule in made.removed)]
    page = {
        "counts": _counts(made),
        "rules": _rows(changed, where),
        "turns": [
            {
                "user": turn.user,
                "gains": [where.words(each) for each in turn.gains],
                "loses": [where.words(each) for each in turn.loses],
                "stays": [where.words(each) for each in turn.stays],
            }
            for turn in made.turns
        ],
        "text": group_files.write(wanted, where),
        "digest": made.digest,
        "changes": bool(made.added or made.removed or made.turns),
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "accounts/groups_plan.html", {"page": page}, status=422 if error else 200)


def _page(request: PersonRequest, text: str | None, **more: Any) -> HttpResponse:
    where, stand = group_files.Where.on(now().date()), groups.rules()
    page = {
        "sees": True,
        "rules": _rows([(rule, "") for rule in stand], where),
        "text": group_files.write(stand, where) if text is None else text,
        "manages": granting.decides_everywhere(request.scope),
        "columns": ", ".join(group_files.COLUMNS),
        **more,
    }
    return render(request, "accounts/groups.html", {"page": page}, status=422 if more else 200)


def _rows(rules: Iterable[tuple[groups.Rule, str]], where: group_files.Where) -> list[dict[str, object]]:
    """Return rules, each with what happens to it, in words."""
    people = groups.how_many()
    return [
        {
            "group": rule.group,
            "gives": where.words(rule.terms),
            "what": what,
            "people": people[rule.group],
        }
        for rule, what in rules
    ]


def _counts(made: groups.Plan) -> str:
    rules = "rule" if len(made.added) == 1 else "rules"
    people = "1 person" if len(made.turns) == 1 else f"{len(made.turns)} people"
    return f"{len(made.added)} {rules} added, {len(made.removed)} removed, {people} concerned"
