"""Who is told of what: events of an order's money, and whether the buyer or the merchant hears of them."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.correspondence.stops import stopped_kinds
from zahlmeister.correspondence.tidings import LETTERS
from zahlmeister.flows.stop_notices import want_notices
from zahlmeister.flows.tell_of_money import save_rules
from zahlmeister.merchants.models import Event, NoticeRule
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.letter_words import kind_name
from zahlmeister.office.settings import changed_here


@dataclass(frozen=True, slots=True)
class Row:
    """An event with its two ticks; where no letter is, there is nothing to tick."""

    event: Event
    can_tell_buyer: bool
    can_tell_merchant: bool
    to_buyer: bool
    to_merchant: bool


@signed_in
def notices(request: OfficeRequest) -> HttpResponseBase:
    """The table of events and readers; the fields `buyer` and `merchant` name the events that are ticked."""
    if request.method == "POST":
        buyer, owners = set(request.POST.getlist("buyer")), set(request.POST.getlist("merchant"))
        wanted = {event: (event in buyer, event in owners) for event in Event}
        save_rules(request.merchant, wanted, by=request.user.email, at=timezone.now())
        told(request, _("Saved. It counts for what happens from now on."))
        return redirect("office:notices")
    rules = {rule.event: rule for rule in NoticeRule.objects.filter(merchant=request.merchant)}
    rows = [
        Row(
            event,
            to_buyer is not None,
            to_merchant is not None,
            event in rules and rules[event].to_buyer,
            event in rules and rules[event].to_merchant,
        )
        for event, (to_buyer, to_merchant) in LETTERS.items()
    ]
    stopped = [kind_name(kind) for kind in stopped_kinds(request.merchant.pk, request.user.pk)]
    context = {"rows": rows, "stopped": stopped, **changed_here(request, "notices")}
    return render(request, "office/notices.html", context)


@signed_in
@require_POST
def notices_again(request: OfficeRequest) -> HttpResponseBase:
    """Who has unsubscribed from notices by their link gets them again."""
    kinds = stopped_kinds(request.merchant.pk, request.user.pk)
    want_notices(request.merchant.pk, request.user.pk, kinds, at=timezone.now())
    told(request, _("You get these notices again."))
    return redirect("office:notices")
