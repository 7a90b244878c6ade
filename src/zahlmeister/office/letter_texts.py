"""The words of letters: every one per language and shop, with what it will look like and a test mail."""

from typing import TYPE_CHECKING

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from zahlmeister.correspondence import queries
from zahlmeister.correspondence.fill import Facts, values_of
from zahlmeister.correspondence.models import Language, OwnText, Sender
from zahlmeister.correspondence.senders import look_of, sender_of, wording
from zahlmeister.flows import letter_settings as flow
from zahlmeister.flows.write_letter import NotNeeded, NotYet, asked_now
from zahlmeister.letters.as_html import as_html
from zahlmeister.letters.compose import compose
from zahlmeister.letters.kinds import ABOUT, Kind, Reader
from zahlmeister.letters.look import logo_kind
from zahlmeister.letters.mail import code_picture
from zahlmeister.letters.texts.read import Text, check, text_of
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.letter_words import KINDS
from zahlmeister.office.letters import data_address, in_frame
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.models import Shop
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    TextBase = forms.ModelForm[OwnText]
else:
    TextBase = forms.ModelForm


class TextForm(TextBase):
    """Subject and body."""

    class Meta:
        model = OwnText
        fields = ["subject", "body"]
        widgets = {"body": forms.Textarea({"rows": 18})}


@signed_in
def texts(request: OfficeRequest) -> HttpResponseBase:
    """Every letter in every language, and which are in the merchant's own words."""
    own = queries.own_texts(request.merchant.pk)
    rows = [
        (
            name,
            kind.value,
            [(code, label, (kind.value, code) in own) for code, label in Language.choices if _exists(kind, code)],
        )
        for kind, name in KINDS.items()
    ]
    return render(request, "office/letter_texts.html", {"rows": rows})


@signed_in
def text(request: OfficeRequest, kind: str, language: str) -> HttpResponseBase:
    """The words of one letter."""
    known, shop = _kind(kind, language), _shop(request)
    shop_id = shop.pk if shop else None
    words, _spoken = wording(request.merchant.pk, shop_id, known, language)
    row = queries.own_text(request.merchant.pk, shop_id, known, language)
    instance = row or OwnText(merchant=request.merchant, shop=shop, kind=known, language=language)
    initial = {"subject": words.subject, "body": words.body}
    form = TextForm(request.POST or None, instance=instance, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            made = form.save(commit=False)
            flow.keep_text(request.merchant, made, by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The letter is kept in your words."))
            return _back(request, kind, language)
    context = {
        "form": form, "kind": known.value, "name": KINDS[known], "language": language, "own": row,
        "language_name": Language(language).label, "placeholders": sorted(ABOUT[known].placeholders),
        "shop": shop, "shops": shops(request.merchant.pk), "query": f"?shop={shop_id}" if shop else "",
    }  # fmt: skip
    return render(request, "office/letter_text.html", context, status=422 if form.errors else 200)


@signed_in
@xframe_options_sameorigin
def text_shown(request: OfficeRequest, kind: str, language: str) -> HttpResponseBase:
    """What the letter looks like today, in a frame: with the words kept, or with those just typed (POST)."""
    known, shop = _kind(kind, language), _shop(request)
    words, spoken = wording(request.merchant.pk, shop.pk if shop else None, known, language)
    try:
        if request.method == "POST":
            words = Text(request.POST.get("subject", ""), request.POST.get("body", ""))
            check(known, words)
        return in_frame(_shown(request, known, words, spoken))
    except (Refused, NotNeeded, NotYet) as why:
        return in_frame(_note(request, in_words(why)))


@signed_in
@require_POST
def text_dropped(request: OfficeRequest, kind: str, language: str) -> HttpResponseBase:
    """Back to the words of the house."""
    shop = _shop(request)
    row = queries.own_text(request.merchant.pk, shop.pk if shop else None, _kind(kind, language), language)
    if row is not None:
        flow.drop_text(request.merchant, row, by=request.user.email, at=timezone.now())
        told(request, _("The letter is in the words of the house again."))
    return _back(request, kind, language)


@signed_in
@require_POST
def text_test(request: OfficeRequest, kind: str, language: str) -> HttpResponseBase:
    """Send the letter to the person who asks."""
    shop, reader = _shop(request), request.user.email
    shop_id = shop.pk if shop else None
    try:
        known = _kind(kind, language)
        flow.send_test(request.merchant, shop_id, known, reader, at=timezone.now(), language=language)
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("A test mail to %(email)s is on its way.") % {"email": reader})
    return _back(request, kind, language)


def _shown(request: OfficeRequest, kind: Kind, words: Text, language: str) -> str:
    shop = _shop(request)
    item = queries.example(request.merchant.pk, shop.pk if shop else None, kind)
    if item is None:
        raise Refused("There is no open order that this letter could be about.")
    sender = sender_of(request.merchant.pk, item.order.shop_id) or Sender(name=request.merchant.name)
    asked = asked_now(item, sender) if "payment_details" in ABOUT[kind].placeholders else None
    facts = Facts(item, sender, asked, paid=item.total)
    letter, look = compose(words, values_of(facts, language), language=language), look_of(sender)
    logo = data_address(look.logo, logo_kind(look.logo)) if look.logo else ""
    return as_html(letter, look, code=data_address(code_picture(letter), "png"), logo=logo)


def _note(request: OfficeRequest, sentence: str) -> str:
    response: HttpResponse = render(request, "office/letter_note.html", {"sentence": sentence})
    return response.content.decode()


def _shop(request: OfficeRequest) -> Shop | None:
    """The shop whose words are looked at; None for those of all shops."""
    wanted = request.GET.get("shop", "")
    return next((shop for shop in shops(request.merchant.pk) if str(shop.pk) == wanted), None)


def _back(request: OfficeRequest, kind: str, language: str) -> HttpResponseBase:
    shop = _shop(request)
    address = reverse("office:letter-text", args=[kind, language])
    return redirect(f"{address}?shop={shop.pk}" if shop else address)


def _kind(kind: str, language: str) -> Kind:
    if kind not in set(Kind) or language not in Language or not _exists(Kind(kind), language):
        raise Http404
    return Kind(kind)


def _exists(kind: Kind, language: str) -> bool:
    """Whether a letter is written in a language: those to the merchant are German and English."""
    if ABOUT[kind].reader is Reader.MERCHANT:
        return language in {"de", "en"}
    return text_of(kind, language)[1] == language
