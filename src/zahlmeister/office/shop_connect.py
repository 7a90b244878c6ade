"""The connection assistant: which system, how it is reached, what its words mean, and the first reading."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.connectors.shops.systems import SYSTEMS, Defaults, Field, System
from zahlmeister.flows import connect_shop
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.shop_words import system_label, translated
from zahlmeister.office.shops import found_shop
from zahlmeister.orders import shop_queries
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.mapping import KINDS, meaning
from zahlmeister.orders.models import Order, PaymentKind, ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.refusals import Refusal

INTERVALS = (
    (5, gettext_lazy("every 5 minutes")),
    (15, gettext_lazy("every 15 minutes")),
    (60, gettext_lazy("every hour")),
)


class ShopForm(forms.Form):
    """How a shop is reached: the fields of its system, and what it is called here."""

    def __init__(
        self, request: OfficeRequest, system: System, data: Mapping[str, Any] | None, *, is_known: bool = False
    ) -> None:
        super().__init__(data, label_suffix="")
        self._system = system
        for one in system.fields:
            self.fields[f"of_{one.name}"] = _field(one, is_known=is_known)
        if is_known:
            return
        self.fields["name"] = forms.CharField(label=_("What you call it"), max_length=120)
        self.fields["every"] = forms.TypedChoiceField(label=_("Read it"), choices=INTERVALS, initial=15, coerce=int)
        self.fields["is_test"] = forms.BooleanField(
            label=_("This is a test shop"),
            required=False,
            help_text=_("Its buyers are never written to, and no payment is assigned to its orders by itself."),
        )
        former = [(shop.pk, shop.name) for shop in shop_queries.leavable_shops(request.merchant.pk)]
        if former:
            self.fields["follows"] = forms.TypedChoiceField(
                label=_("It goes on with the orders of"),
                choices=[("", _("no other shop")), *former],
                required=False,
                coerce=int,
                empty_value=None,
                help_text=_("After a move, so that nobody is written to twice."),
            )

    def settings(self) -> dict[str, Any]:
        """What may be read by everybody."""
        return {one.name: self.cleaned_data[f"of_{one.name}"] for one in self._system.fields if not one.is_secret}

    def secret(self) -> dict[str, str]:
        """What is sealed; what was left empty is not there."""
        given = {one.name: self.cleaned_data[f"of_{one.name}"] for one in self._system.fields if one.is_secret}
        return {name: value for name, value in given.items() if value}


class MappingForm(forms.Form):
    """What the shop's payment methods and statuses mean, for each payment kind."""

    def __init__(
        self, connection: ShopConnection, usual: Mapping[str, Defaults], data: Mapping[str, Any] | None
    ) -> None:
        super().__init__(data, label_suffix="")
        methods = [(one["code"], one["name"]) for one in connection.about.get("methods", ())]
        statuses = [(one["code"], one["name"]) for one in connection.about.get("statuses", ())]
        for kind in KINDS:
            meant = usual.get(kind, Defaults((), ()))
            self.fields[f"{kind}_methods"] = _several(_("payment methods"), methods, meant.methods)
            self.fields[f"{kind}_open"] = _several(_("open when the status is"), statuses, meant.open)
            self.fields[f"{kind}_paid"] = _one(_("when paid, set to"), statuses, meant.paid, _("only note the payment"))
            self.fields[f"{kind}_cancelled"] = _one(
                _("when cancelled, set to"), statuses, meant.cancelled, _("tell nothing")
            )

    def kinds(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by payment kind, for the page."""
        parts = ("methods", "open", "paid", "cancelled")
        return [(str(PaymentKind(kind).label), [self[f"{kind}_{part}"] for part in parts]) for kind in KINDS]

    def wanted(self) -> dict[str, Defaults]:
        """The mapping as it was chosen."""
        given = self.cleaned_data
        return {
            kind: Defaults(
                tuple(given[f"{kind}_methods"]),
                tuple(given[f"{kind}_open"]),
                given[f"{kind}_paid"],
                given[f"{kind}_cancelled"],
            )
            for kind in KINDS
        }


@signed_in
def choose(request: OfficeRequest) -> HttpResponseBase:
    """Step one: which system."""
    rows = [(system, translated(system.hint)) for system in SYSTEMS.values()]
    return render(request, "office/shop_choose.html", {"systems": rows})


@signed_in
def connect(request: OfficeRequest) -> HttpResponseBase:
    """Step two: how it is reached. The shop is looked at live, and what is wrong is said in one sentence."""
    system = SYSTEMS.get(request.GET.get("system", ""))
    if system is None:
        return redirect("office:shop-choose")
    form = ShopForm(request, system, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = connect_shop.connect_shop(
                request.merchant, _wanted(request, system, form), by=request.user.email, at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return _connected(request, made)
    status = 422 if form.errors else 200
    page = {"form": form, "system": translated(system.label), "hint": translated(system.hint)}
    return render(request, "office/shop_connect.html", page, status=status)


@signed_in
def access(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """The shop has a new address or password: look at it with them, then keep them."""
    row = found_shop(request, shop_id)
    system = SYSTEMS[row.system]
    known = {f"of_{name}": value for name, value in row.settings.items()}
    form = ShopForm(request, system, request.POST or None, is_known=True)
    form.initial = known
    if request.method == "POST" and form.is_valid():
        wanted = WantedShop(row.shop.name, row.system, {**row.settings, **form.settings()}, form.secret())
        try:
            connect_shop.give_access(row, wanted, by=request.user.email, at=timezone.now())
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("“%(name)s” has answered.") % {"name": row.shop.name})
            return redirect("office:shop", shop_id)
    page = {"form": form, "connection": row, "system": system_label(row.system), "hint": ""}
    return render(request, "office/shop_connect.html", page, status=422 if form.errors else 200)


@signed_in
def mapping(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Step three: what its words mean; then it is read for the first time."""
    row = found_shop(request, shop_id)
    if SYSTEMS[row.system].keeps_mapping:
        return redirect("office:shop", shop_id)
    form = MappingForm(row, meaning(row).by_kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            connect_shop.begin(row, form.wanted(), by=request.user.email, at=timezone.now())
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("A worker reads “%(name)s” within seconds.") % {"name": row.shop.name})
            return redirect("office:shop", shop_id)
    is_first = row.state == ShopState.PAUSED and row.read_at is None
    page = {"form": form, "connection": row, "is_first": is_first}
    return render(request, "office/shop_mapping.html", page, status=422 if form.errors else 200)


def _connected(request: OfficeRequest, made: ShopConnection) -> HttpResponseBase:
    name = {"name": made.shop.name}
    if made.about.get("needs_columns"):
        return redirect("office:shop-columns", made.shop_id)
    if SYSTEMS[made.system].keeps_mapping:
        told(request, _("“%(name)s” is connected; its orders come within a minute.") % name)
        return redirect("office:shop", made.shop_id)
    told(request, _("“%(name)s” has answered. Now say what its words mean.") % name)
    return redirect("office:shop-mapping", made.shop_id)


def _wanted(request: OfficeRequest, system: System, form: ShopForm) -> WantedShop:
    given = form.cleaned_data
    former = {shop.pk: shop for shop in shop_queries.leavable_shops(request.merchant.pk)}
    return WantedShop(
        given["name"],
        system.code,
        form.settings(),
        form.secret(),
        is_test=given["is_test"],
        follows=former.get(given.get("follows") or 0),
        every_minutes=given["every"],
    )


def shop_of(order: Order) -> ShopConnection | None:
    """The connection of an order's shop, if it came from one."""
    return ShopConnection.objects.filter(shop_id=order.shop_id).first() if order.key else None


def _field(one: Field, *, is_known: bool) -> forms.Field:
    """A field of a system; a secret that is known already may stay as it is."""
    label, hint = translated(one.label), translated(one.hint)
    if one.is_switch:
        return forms.BooleanField(label=label, help_text=hint, required=False)
    if one.choices:
        choices = [(value, translated(name)) for value, name in one.choices]
        return forms.ChoiceField(label=label, help_text=hint, choices=choices, initial=one.default)
    is_needed = one.is_needed and not (is_known and one.is_secret)
    widget = forms.PasswordInput({"autocomplete": "off"}) if one.is_secret else forms.TextInput()
    if is_known and one.is_secret:
        hint = _("Leave it empty to keep the present one.")
    return forms.CharField(
        label=label, help_text=hint, required=is_needed, initial=one.default, widget=widget, max_length=4000
    )


def _several(label: str, choices: list[tuple[str, str]], chosen: tuple[str, ...]) -> forms.Field:
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(
        label=label, choices=_with(choices, chosen), initial=list(chosen), required=False, widget=widget
    )


def _one(label: str, choices: list[tuple[str, str]], chosen: str, nothing: str) -> forms.Field:
    rows = [("", nothing), *_with(choices, (chosen,) if chosen else ())]
    return forms.ChoiceField(label=label, choices=rows, initial=chosen, required=False)


def _with(choices: list[tuple[str, str]], chosen: tuple[str, ...]) -> list[tuple[str, str]]:
    """What was chosen before stays in the list, also when the shop does not name it any more."""
    known = {code for code, _name in choices}
    return [*choices, *((code, code) for code in chosen if code not in known)]
