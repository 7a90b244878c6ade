"""Shops: how each of them is, what came from it, what it was told, and what a person can do about it."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.flows import connect_shop, deliver_outbox
from zahlmeister.flows.import_one_order import import_one_order
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.shop_words import encryption, heard, system_label, verdict
from zahlmeister.orders import shop_queries
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.queries import shops as sales_channels
from zahlmeister.orders.states import AT_WORK, ShopState
from zahlmeister.orders.told import CHANNEL, group_of
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.refusals import Refusal

#: What a person can do with a shop by one button.
ACTS = {
    "pause": connect_shop.pause,
    "resume": connect_shop.resume,
    "deregister": connect_shop.deregister,
    "confirm": connect_shop.confirm_missing,
}


@signed_in
def shops(request: OfficeRequest) -> HttpResponseBase:
    """Every connected shop with its state."""
    rows = [(row, system_label(row.system)) for row in shop_queries.connections(request.merchant.pk)]
    untrue = untrue_in_shop(request.merchant.pk)[:20]
    connected = {row.shop_id for row, _system in rows}
    others = [one for one in sales_channels(request.merchant.pk) if one.pk not in connected]
    return render(request, "office/shops.html", {"shops": rows, "others": others, "untrue": untrue})


@signed_in
def shop(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """One shop: what came from it last, what it was told, and what is in the way."""
    row = found_shop(request, shop_id)
    steps = steps_of(row.merchant_id, "shop", row.pk)
    tellings = [
        (message, order, verdict(message.payload["verdict"]), heard(message.answer))
        for message, order in shop_queries.last_tellings(row.shop)
    ]
    return render(
        request,
        "office/shop.html",
        {
            "connection": row,
            "system": system_label(row.system),
            "encryption": encryption(row.about.get("encryption", ""), row.address),
            "keeps_mapping": row.system in SYSTEMS and SYSTEMS[row.system].keeps_mapping,
            "has_columns": row.system in SYSTEMS and SYSTEMS[row.system].has_columns,
            "is_at_work": row.state in AT_WORK,
            "is_left": row.state == ShopState.DEREGISTERED,
            "orders": shop_queries.last_orders(row.shop),
            "tellings": tellings,
            "untrue": [order for order in untrue_in_shop(row.merchant_id)[:50] if order.shop_id == row.shop_id],
            "steps": [(step, words.step("shop", step.verb), words.actor(step.actor)) for step in steps],
        },
    )


@signed_in
@require_POST
def act(request: OfficeRequest, shop_id: int, what: str) -> HttpResponseBase:
    """Pause, resume, take leave, or believe a short list."""
    row = found_shop(request, shop_id)
    if what not in ACTS:
        raise Http404
    try:
        ACTS[what](row, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:shop", shop_id)


@signed_in
@require_POST
def read(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Read the shop as soon as a worker is free."""
    row = found_shop(request, shop_id)
    connect_shop.read_soon(row, at=timezone.now())
    told(request, _("A worker reads “%(name)s” within seconds.") % {"name": row.shop.name})
    return redirect("office:shop", shop_id)


@signed_in
@require_POST
def fetch_order(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Fetch one order by the number its buyer knows."""
    row = found_shop(request, shop_id)
    try:
        order = import_one_order(row, request.POST.get("number", "")[:64], by=request.user.email, clock=timezone.now)
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:shop", shop_id)
    return redirect("office:order", order.pk)


@signed_in
@require_POST
def replay(request: OfficeRequest, telling_id: int) -> HttpResponseBase:
    """Tell a shop once more what it has refused."""
    return _decided(request, telling_id, is_wanted=True)


@signed_in
@require_POST
def replay_all(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Tell a shop once more everything it could not be told."""
    row, now = found_shop(request, shop_id), timezone.now()
    group = group_of(row.shop_id)
    count = deliver_outbox.replay_all(row.merchant_id, channel=CHANNEL, group=group, by=request.user.email, at=now)
    told(
        request,
        ngettext("%(count)s order is told again.", "%(count)s orders are told again.", count) % {"count": count},
    )
    return redirect("office:shop", shop_id)


@signed_in
@require_POST
def let_go(request: OfficeRequest, telling_id: int) -> HttpResponseBase:
    """Do not tell the shop."""
    return _decided(request, telling_id, is_wanted=False)


def _decided(request: OfficeRequest, telling_id: int, *, is_wanted: bool) -> HttpResponseBase:
    message = Message.objects.filter(merchant=request.merchant, pk=telling_id, channel="shop").first()
    if message is None:
        raise Http404
    decide = deliver_outbox.replay if is_wanted else deliver_outbox.let_go
    try:
        decide(request.merchant.pk, telling_id, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:shop", int(message.group.partition(":")[2]))


def found_shop(request: OfficeRequest, shop_id: int) -> ShopConnection:
    """The connection of one of this merchant's shops."""
    row = shop_queries.connections(request.merchant.pk).filter(shop_id=shop_id).first()
    if row is None:
        raise Http404
    return row
