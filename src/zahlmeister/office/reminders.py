"""Reminders: what will be asked of whom in the next days, what is held back and why, and asking for one order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.dunning import figures, queries
from zahlmeister.dunning.ahead import Ahead
from zahlmeister.dunning.claims import default_of
from zahlmeister.dunning.forecast import Coming
from zahlmeister.dunning.holds import Hold
from zahlmeister.dunning.in_default import Default
from zahlmeister.dunning.models import DunningCase, Notice
from zahlmeister.dunning.states import Pause
from zahlmeister.flows import steer_dunning as flow
from zahlmeister.flows.kept_back import kept_back, money_seen
from zahlmeister.flows.run_dunning import told_of
from zahlmeister.office import asking_plots
from zahlmeister.office import asking_words as words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import ROWS, Address, pages, turned
from zahlmeister.office.many_acts import buttons
from zahlmeister.office.plots import Plot
from zahlmeister.office.typed import day as typed_day
from zahlmeister.receivables.costs import unpaid_costs
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import items_by_id
from zahlmeister.refusals import Refused

DAYS = 30
#: So many that were held back are counted, and can be turned to.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A step that comes, with the order it is for; `reasons` say why it would be held back as things stand."""

    item: OpenItem
    coming: Coming
    can_leave_out: bool
    reasons: list[str]

    @property
    def what(self) -> str:
        return words.asking(self.coming.step.what, self.item.order.payment_kind, self.coming.step.level)

    @property
    def fee_minor(self) -> int:
        level = self.coming.step.level
        return self.coming.in_force.fee_minor(level, self.item.currency) if self.can_have_fee else 0

    @property
    def can_have_fee(self) -> bool:
        return self.coming.step.what in words.ASKING_A_BUYER


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar; `count` is None for days outside."""

    day: date
    count: int | None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An order that was not asked for, and why."""

    case: DunningCase
    reasons: list[str]


@signed_in
def reminders(request: OfficeRequest) -> HttpResponseBase:
    """What will be sent in the next thirty days, to whom and why; a day of it at a time."""
    today = timezone.localdate()
    last = today + timedelta(days=DAYS)
    chosen = typed_day(request.GET.get("day", ""))
    ahead = Ahead(request.merchant.pk, today=today, last=last)
    chosen = chosen or ahead.first_day
    address = Address(request)
    page = turned(address, ahead.counts[chosen] if chosen else 0)
    shown = ahead.on(chosen, (page.page - 1) * ROWS, page.page * ROWS) if chosen else []
    page.ids.extend(one.item for one, _is_next in shown)
    held = queries.held(request.merchant.pk)
    held_page = pages(held, address, MOST, name="held")
    return render(
        request,
        "office/reminders.html",
        {
            "policies": [row for row in queries.policies(request.merchant.pk) if row.is_on],
            "weeks": _weeks(today, last, ahead.counts),
            "total": sum(ahead.counts.values()),
            "address": address,
            "many": buttons("reminders") if request.may_write else [],
            "chosen": chosen,
            "rows": _rows(request.merchant.pk, shown, today),
            "page": page,
            "held": [
                HeldBack(case, [words.hold(one) for one in case.holds]) for case in held.filter(pk__in=held_page.ids)
            ],
            "held_page": held_page,
            "run": queries.last_run(request.merchant.pk),
            "plots": _plots(request.merchant.pk, today),
        },
    )


@signed_in
@require_POST
def leave_out(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Not this one: the notice of the level in the field `level` is not sent."""
    item = _item(request, order_id)
    level = _level(request)
    try:
        flow.skip_next(request.merchant, item.pk, level, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Order %(number)s is left out this time.") % {"number": item.order.number})
    return _back(request, order_id)


@signed_in
@require_POST
def ask_after_all(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """This one after all: the notice of the level in the field `level` was left out, and is sent."""
    item = _item(request, order_id)
    level = _level(request)
    try:
        flow.ask_after_all(request.merchant, item.pk, level, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The reminder that was left out is the next one again."))
    return redirect("office:order", order_id)


@signed_in
@require_POST
def pause(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Nothing is asked for this order for now; `why` says why, `until` until when, empty for open-ended."""
    item = _item(request, order_id)
    why = request.POST.get("why", "")
    typed = request.POST.get("until", "").strip()
    until = typed_day(typed) if typed else None
    if why not in Pause.values or (typed and until is None):
        refused(request, _("“%(typed)s” is no day; write 2026-11-30 or 30.11.2026.") % {"typed": (typed or why)[:40]})
        return redirect("office:order", order_id)
    flow.pause(request.merchant, item.pk, Pause(why), until, by=request.user.email, at=timezone.now())
    told(request, _("Nothing is asked for order %(number)s for now.") % {"number": item.order.number})
    return redirect("office:order", order_id)


@signed_in
@require_POST
def resume(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """The order is asked for again."""
    return _ask_again(request, order_id, flow.resume)


@signed_in
@require_POST
def again(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Waiting had ended; the order is asked for again."""
    return _ask_again(request, order_id, flow.begin_again)


@signed_in
@require_POST
def count_from(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Count the reminders of this order from the day in `day`; empty: from the usual one again."""
    item = _item(request, order_id)
    typed = request.POST.get("day", "").strip()
    first = typed_day(typed) if typed else None
    if typed and first is None:
        refused(request, _("“%(typed)s” is no day; write 2026-11-30 or 30.11.2026.") % {"typed": typed[:40]})
    else:
        flow.count_from(request.merchant, item.pk, first, by=request.user.email, at=timezone.now())
        told(request, _("The next reminder is reckoned anew."))
    return redirect("office:order", order_id)


@signed_in
@require_POST
def leave_costs(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Goodwill: fees and interest of this order are asked for no more."""
    item = _item(request, order_id)
    try:
        flow.leave_costs(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(
            request,
            _("No fees and no interest are asked for order %(number)s any more.") % {"number": item.order.number},
        )
    return redirect("office:order", order_id)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asking for one order, as its page shows it."""

    case: DunningCase | None
    default: Default | None
    next_words: str
    next_on: date | None
    next_level: int
    can_leave_out: bool
    unpaid_costs: int
    notices: list[tuple[str, Notice]]
    reasons: list[str]

    @property
    def level_to_send(self) -> int | None:
        """The level that was left out last and can be sent after all."""
        last = self.notices[0][1] if self.notices else None
        can_be = last is not None and last.was_skipped and "from_level" in last.facts and last.level == self._level
        return last.level if last is not None and can_be else None

    @property
    def _level(self) -> int | None:
        return self.case.level if self.case and not self.case.ended else None

    @property
    def is_shown(self) -> bool:
        return bool(self.next_words or self.case or self.notices)


def asking_for(item: OpenItem) -> Asking:
    """Where asking for an open item stands."""
    case = queries.case_of(item.merchant_id, item.pk)
    coming = queries.next_of(item.merchant_id, item.pk, today=timezone.localdate())
    notices = queries.notices_of(item.merchant_id, item.pk)
    kind = item.order.payment_kind
    return Asking(
        case=case,
        default=default_of(item, told_of(item)) if notices and item.open_minor else None,
        next_words=words.asking(coming.step.what, kind, coming.step.level) if coming else "",
        next_on=coming.step.on if coming else None,
        next_level=coming.step.level if coming else 0,
        can_leave_out=coming is not None and _is_notice(coming),
        unpaid_costs=unpaid_costs(item),
        notices=[(words.asking(notice.what, kind, notice.level), notice) for notice in notices],
        reasons=[words.hold(one) for one in case.holds] if case else [],
    )


def _rows(merchant_id: int, shown: Sequence[tuple[Coming, bool]], today: date) -> list[Row]:
    """Steps with their orders, and what would hold each back as things stand now; only an item's next is left out."""
    items = items_by_id(merchant_id, [one.item for one, _is_next in shown])
    prefetch_related_objects(list(items.values()), "dunning", "order__customer__dunning_block")
    seen, at = money_seen(merchant_id), timezone.now()
    return [
        Row(
            item := items[one.item],
            one,
            is_next and _is_notice(one),
            [
                words.hold(reason)
                for reason in kept_back(item, one, seen, at=at, today=one.step.on)
                if reason is not Hold.STALE_BANK or one.step.on == today  # until another day the bank may be read
            ],
        )
        for one, is_next in shown
    ]


def _plots(merchant_id: int, today: date) -> list[Plot]:
    """What reminders brought in a year and how long buyers take; a plot without figures is left out."""
    levels = figures.brought(merchant_id, today - timedelta(days=365), today)
    days = figures.days_to_pay(merchant_id, today - timedelta(days=90), today, asking_plots.BOUNDS)
    return [
        *([asking_plots.success(levels)] if levels else []),
        *([asking_plots.patience(days)] if any(one.count for one in days) else []),
    ]


def _level(request: HttpRequest) -> int:
    """Which reminder is meant; 0, which none is, when nothing of use was sent."""
    text = request.POST.get("level", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _is_notice(coming: Coming) -> bool:
    return coming.step.what in words.ASKING_A_BUYER


def _weeks(today: date, last: date, counts: dict[date, int]) -> list[list[Cell]]:
    """The calendar from the Monday of this week to the Sunday of the last."""
    monday = today - timedelta(days=today.weekday())
    cells = [
        Cell(day, counts.get(day, 0) if today <= day <= last else None)
        for day in (monday + timedelta(days=one) for one in range((last - monday).days + 7 - last.weekday()))
    ]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _ask_again(request: OfficeRequest, order_id: int, action: Callable[..., None]) -> HttpResponse:
    item = _item(request, order_id)
    try:
        action(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Order %(number)s is asked for again.") % {"number": item.order.number})
    return redirect("office:order", order_id)


def _back(request: HttpRequest, order_id: int) -> HttpResponse:
    """To the list when the list sent it, else to the order."""
    day = typed_day(request.POST.get("day", ""))
    if day is None:
        return redirect("office:order", order_id)
    response = redirect("office:reminders")
    response["Location"] += f"?day={day.isoformat()}"
    return response


def _item(request: OfficeRequest, order_id: int) -> OpenItem:
    rows = OpenItem.objects.filter(merchant=request.merchant, order=order_id).select_related("order")
    item = rows.first()
    if item is None:
        raise Http404
    return item
