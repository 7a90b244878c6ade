"""Views of lists: filters that are kept under a name, and let go again."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.desk.models import View
from zahlmeister.flows import keep_view as flow
from zahlmeister.office.access import OfficeRequest, may_open, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.refusals import Refused


@signed_in
@require_POST
def keep(request: OfficeRequest) -> HttpResponseBase:
    """Keep the filters `query` of the list `page` under `name`, for everybody with `shared`."""
    page, query = request.POST.get("page", "")[:40], request.POST.get("query", "")
    back = _list(request, page)
    wanted = flow.Wanted(page, request.POST.get("name", ""), query, is_shared=request.POST.get("shared") == "1")
    try:
        row = flow.keep_view(request.merchant, request.user, wanted, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The view “%(name)s” is kept.") % {"name": row})
    return redirect(f"{back}?{query}")


@signed_in
@require_POST
def drop(request: OfficeRequest, view_id: int) -> HttpResponseBase:
    """Let one of one's own views go."""
    row = View.objects.filter(merchant=request.merchant, person=request.user, pk=view_id).first()
    if row is None:
        raise Http404
    flow.drop_view(request.merchant, request.user, view_id)
    told(request, _("The view “%(name)s” is gone.") % {"name": row})
    return redirect(f"{_list(request, row.page)}?{row.query}")


def _list(request: OfficeRequest, page: str) -> str:
    """The address of a list; only lists that this person may open."""
    try:
        address = reverse(f"office:{page}")
    except NoReverseMatch:
        raise Http404 from None
    if not may_open(request.rights, page):
        raise Http404
    return address
