"""A bookkeeper's program pulls the batches: a key that opens nothing else lists them and reads one."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from zahlmeister.accounting.models import Batch
from zahlmeister.flows.book_files import CONTENT_TYPES
from zahlmeister.flows.deliver_books import merchant_of_key
from zahlmeister.flows.export_books import batch_file
from zahlmeister.merchants.models import Merchant
from zahlmeister.programs.limits import knocks_too_often

#: Calls of one address within a minute.
MOST_CALLS = 120


@require_safe
def batches(request: HttpRequest) -> HttpResponseBase:
    """The batches there are, oldest first; `above` leaves out those up to a number."""
    merchant = _merchant(request)
    if isinstance(merchant, HttpResponse):
        return merchant
    above = request.GET.get("above", "0")
    rows = Batch.objects.filter(merchant=merchant, number__gt=int(above) if above.isdecimal() else 0)
    told = [
        {
            "number": row.number, "name": row.name, "first": row.first.isoformat(), "last": row.last.isoformat(),
            "rows": row.rows, "currency": row.currency, "sum_minor": row.sum_minor, "sha256": row.sha256,
        }
        for row in rows.defer("content").order_by("number")
    ]  # fmt: skip
    return JsonResponse({"batches": told})


@require_safe
def batch(request: HttpRequest, number: int) -> HttpResponseBase:
    """One batch, as it was given the first time."""
    merchant = _merchant(request)
    if isinstance(merchant, HttpResponse):
        return merchant
    row = Batch.objects.filter(merchant=merchant, number=number).first()
    if row is None:
        return JsonResponse({"error": f"There is no batch {number}."}, status=404)
    kind = CONTENT_TYPES[row.name.rpartition(".")[2]]
    return HttpResponse(
        batch_file(row),
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{row.name}"'},
    )


def _merchant(request: HttpRequest) -> Merchant | HttpResponse:
    """Whose batches the key in the header `Authorization: Bearer …` opens."""
    if knocks_too_often(request, most=MOST_CALLS, door="books"):
        return JsonResponse({"error": "Too many calls; wait a minute."}, status=429)
    kind, _blank, key = request.headers.get("Authorization", "").partition(" ")
    found = merchant_of_key(key.strip(), at=timezone.now()) if kind == "Bearer" and key else None
    return found or JsonResponse({"error": "A key that opens the bookkeeper's batches is needed."}, status=401)
