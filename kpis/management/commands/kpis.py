"""Measures from the shell: show one, list the definitions, count stored figures again."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import Facility
from kpis.catalogue import KPIS, Kpi, UnknownKpi, kpi_named
from kpis.catalogue.told import told_definition, told_figure
from kpis.queries.freshness import facilities_heard
from kpis.queries.live import live_figure
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.scopes import Scope
from observability.core import clock


class Command(BaseCommand):
    """`kpis show KEY`, `kpis list`, `kpis recompute`, each with `--json`."""

    help = (
        "Show a measure counted from the facts as they are now, list definitions, recompute stored figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        show = _windowed(verbs.add_parser("show", help="one measure, counted now"))
        show.add_argument("kpi", metavar="KEY", help="such as K01; `kpis list` has all")
        _json(verbs.add_parser("list", help="the definitions"))
        _windowed(verbs.add_parser("recompute", help="count the stored figures again from the facts"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        told, lines = getattr(self, f"_{options['verb']}")(options)
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            for line in lines:
                self.stdout.write(line)

    def _show(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        kpi = _kpi(options["kpi"])
        scope, window, at = _scope(options["facility"]), _window(options), clock.now()
        figure = live_figure(scope=scope, kpi=kpi, window=window, at=at)
        known = facilities_heard(scope=scope, window=window)
        heard = {f.code: f.heard for f in known if f.there or f.heard}
        told = told_figure(figure, as_of=at, heard=heard) | _bounds(options)
        return told, _lines(told)

    def _list(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        told = [told_definition(kpi) for kpi in KPIS.values()]
        return told, [f"{one['kpi']:7} v{one['version']}  {one['title']} ({one['variant']})" for one in told]

    def _recompute(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        done = count_again(scope=_scope(options["facility"]), window=_window(options), clock=clock.now)
        return {"buckets": done}, [f"{done} buckets counted again."]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text} is no day; write it as 2026-03-31") from exc


def _json(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _windowed(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument(
        "--from", dest="start", type=_day, metavar="DAY", help="first day; default: the first ever"
    )
    parser.add_argument(
        "--to", dest="stop", type=_day, metavar="DAY", help="day after the last; default: no end"
    )
    parser.add_argument("--facility", action="append", metavar="CODE", help="only this one; may be repeated")
    return _json(parser)


def _kpi(key: str) -> Kpi:
    try:
        return kpi_named(key)
    except UnknownKpi as exc:
        raise CommandError(f"There is no measure {key}. There are: {', '.join(KPIS)}.") from exc


def _scope(codes: list[str] | None) -> Scope:
    if not codes:
        return Scope.system()
    found = dict(Facility.objects.filter(code__in=codes).values_list("code", "pk"))
    if unknown := sorted(set(codes) - set(found)):
        raise CommandError(f"There is no facility {', '.join(unknown)}.")
    return Scope(facility_ids=tuple(sorted(found.values())))


def _window(options: dict[str, Any]) -> Window:
    return Window(options["start"], options["stop"])


def _bounds(options: dict[str, Any]) -> dict[str, Any]:
    start, stop = options["start"], options["stop"]
    return {
        "from": start.isoformat() if start else None,
        "to": stop.isoformat() if stop else None,
        "facilities": options["facility"],
    }


def _lines(told: dict[str, Any]) -> list[str]:
    value = "not known" if told["value"] is None else f"{told['value']:.2%}"
    lines = [f"{told['kpi']} {told['title']}, version {told['version']} ({told['variant']})"]
    if told["denominator"] is not None:
        lines.append(f"  {told['numerator']} of {told['denominator']} {told['unit']}: {value}")
    lines += [f"  {name.replace('_', ' ')}: {part}" for name, part in told["parts"].items()]
    coverage = told["coverage"]
    lines.append(f"  {told['status'].replace('_', ' ')}; as of {told['as_of']}")
    lines.append(f"  heard from {coverage['heard']} of {coverage['facilities']} facilities")
    return lines
