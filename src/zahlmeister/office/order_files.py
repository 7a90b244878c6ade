"""Files of orders, handed in by a person."""

from typing import BinaryIO, cast

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zahlmeister.connectors.shops.files import ENDINGS
from zahlmeister.flows.hand_in_orders import hand_in_orders
from zahlmeister.flows.import_orders import OrdersImported
from zahlmeister.flows.unpack import Handed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.imports import order_imports
from zahlmeister.refusals import Refused

#: So many rows that could not be read are named; the others are counted.
NAMED = 5


class FilesForm(forms.Form):
    """One file of orders."""

    orders = forms.FileField(
        label=gettext_lazy("The orders as your shop exports them"),
        help_text=gettext_lazy(
            "CSV, Excel or JSON with order number and amount; name, day and the like help to match."
        ),
        widget=forms.ClearableFileInput({"accept": ",".join(ENDINGS)}),
    )


@signed_in
def files(request: OfficeRequest) -> HttpResponseBase:
    """Take a file of orders, and say what came of it."""
    form = FilesForm(request.POST or None, request.FILES or None, label_suffix="")
    if request.method != "POST" or not form.is_valid():
        return render(request, "office/order_files.html", {"form": form}, status=422 if form.errors else 200)
    file = form.cleaned_data["orders"]
    handed = [Handed(file.name or "", cast("BinaryIO", file))]
    try:
        imported = hand_in_orders(request.merchant, handed, by=request.user.email, clock=timezone.now)
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:order-files")
    _tell(request, imported)
    if imported.refused:
        made = order_imports(request.merchant.pk).filter(created_by=request.user.email).first()
        return redirect("office:import", made.pk) if made else redirect("office:order-files")
    return redirect("office:today")


def _tell(request: OfficeRequest, imported: OrdersImported) -> None:
    if imported.new or imported.changed or imported.same:
        sentence = ngettext("%(count)s new order", "%(count)s new orders", imported.new)
        rest = ngettext("%(count)s known before", "%(count)s known before", imported.changed + imported.same)
        counts = (sentence % {"count": imported.new}, rest % {"count": imported.changed + imported.same})
        told(request, _("The file is read: %(new)s, %(known)s.") % {"new": counts[0], "known": counts[1]})
    for sentence in imported.refused[:NAMED]:
        refused(request, in_words(sentence))
    more = len(imported.refused) - NAMED
    if more > 0:
        refused(request, ngettext("%(count)s more row", "%(count)s more rows", more) % {"count": more})
