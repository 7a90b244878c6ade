"""What a supervisor asks: is the process alive, may it be sent work, and how is the house doing.

- `/health` answers while the process answers at all; it asks nobody.
- `/ready` answers 200 when the database answers and its tables are of this version, otherwise 503 and why not.
- `/metrics` tells figures in Prometheus's text format, to whoever brings the key of `ZAHLMEISTER_METRICS`.
"""

import secrets
from collections.abc import Iterable
from itertools import groupby

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from zahlmeister.flows.look_after_house import Sign, signs

_TEXT = "text/plain; charset=utf-8"
#: Prometheus's text format (0.0.4).
_FIGURES = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return HttpResponse("alive\n", content_type=_TEXT)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Work may be sent here."""
    del request
    why_not = trouble()
    return HttpResponse(f"{why_not or 'ready'}\n", content_type=_TEXT, status=503 if why_not else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every figure of the house. Without a key in the settings there is nothing here."""
    key = settings.METRICS_KEY
    if not key or not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {key}"):
        return HttpResponse("There is nothing here without the right key.\n", content_type=_TEXT, status=404)
    return HttpResponse(as_text(signs(timezone.now())), content_type=_FIGURES)


def as_text(figures: Iterable[Sign]) -> str:
    """Figures in Prometheus's text format; those of one name stand together."""
    lines: list[str] = []
    for name, group in groupby(sorted(figures, key=_order), key=lambda sign: f"zahlmeister_{sign.name}"):
        for number, sign in enumerate(group):
            if not number:
                lines += [f"# HELP {name} {sign.meaning}", f"# TYPE {name} gauge"]
            labels = ",".join(f'{label}="{value}"' for label, value in sorted(sign.labels.items()))
            lines.append(f"{name}{{{labels}}} {sign.value}" if labels else f"{name} {sign.value}")
    return "\n".join([*lines, ""])


def _order(sign: Sign) -> tuple[str, list[tuple[str, str]]]:
    return sign.name, sorted(sign.labels.items())


def trouble() -> str:
    """Why no work may be sent here, in a sentence; empty when it may."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError:
        return "The database does not answer."
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "The database is older than this version; run `zahlmeister migrate`."
    return ""
