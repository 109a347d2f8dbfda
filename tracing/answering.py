"""Of what is stuck: who answers for it, and what moves it on."""

import re
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from integrations.catalogue.naming import code_of
from integrations.queries.owners import owners_of
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from tracing.queries.transaction import One, StepSeen
from tracing.queries.usual import usual_interface
from tracing.rules.workflow import Workflow
from tracing.states import State

Context = dict[str, Any]
MAIL = re.compile(r"[^@\s:?&]+@[^@\s:?&]+")


def told(scope: Scope, of: One, workflow: Workflow, steps: Sequence[StepSeen]) -> Context | None:
    """Return `txn.answering` for the page; None where nothing is stuck, or the register is not for them.

    What failed names the interface that it came by. What is late names none, so the one is taken by
    which others got there, and that is said.
    """
    step = {State.FAILED: of.failed_step, State.LATE: of.due_step}.get(State(of.state))
    if step is None or not scope.allows_at(Permission.SEE_CATALOGUE, of.facility_id, workflow.domain):
        return None
    failed = of.state == State.FAILED
    if failed:
        name = next((seen.interface for seen in steps if seen.step == step), None)
    else:
        name = usual_interface(scope=scope, of=of, step=step)
    return {
        "moved_by": moved_by(workflow, step, failed=failed),
        "why": _why(workflow, step, name, failed=failed),
        "interface": name or "",
        **(_entry(scope, name) if name else {}),
    }


def moved_by(workflow: Workflow, step: str, *, failed: bool) -> str:
    """Say what a stuck transaction waits for, as its workflow is declared."""
    title = workflow.step(step).title
    if failed:
        again = [rule.title for rule in workflow.steps if rule.restarts and rule.name != step]
        others = [f"once “{each}” comes anew" for each in again]
        return f"It moves on when {', or '.join([f'“{title}” succeeds', *others])}."
    implying = [f"“{rule.title}”, which implies it," for rule in workflow.steps if step in rule.implies]
    return f"It moves on when {' or '.join([f'“{title}”', *implying])} comes."


def _why(workflow: Workflow, step: str, name: str | None, *, failed: bool) -> str:
    title = workflow.step(step).title
    if failed:
        came = f"came by {name}" if name else "names no interface, so nobody can be named"
        return f"What failed at “{title}” {came}."
    if name:
        return f"“{title}” has not come. For other {workflow.plural} here it came by {name}."
    return f"“{title}” has not come, and no other of the {workflow.plural} here says by which interface."


def _entry(scope: Scope, name: str) -> Context:
    code = code_of(name)
    found = owners_of(scope=scope.to(Permission.SEE_CATALOGUE), codes=[code]).get(code)
    if found is None:
        return {"entry": None}
    return {
        "entry": found,
        "url": reverse("integrations:catalogue-entry", args=["interface", code]),
        "owner_mail": found.owner_contact if MAIL.fullmatch(found.owner_contact) else "",
        "backup_mail": found.backup_contact if MAIL.fullmatch(found.backup_contact) else "",
    }


def figures(asked: Context | None) -> list[Context]:
    """Return who answers, for the first figures of the page; nothing where no interface is known."""
    if not asked or not asked["interface"]:
        return []
    entry = asked["entry"]
    nobody = entry is not None and not entry.owner
    return [
        {
            "label": "Owner",
            "value": "not declared" if entry is None else entry.owner or "nobody",
            "kind": "text",
            "note": f"of {asked['interface']}",
            "tone": "bad" if nobody else "",
        }
    ]
