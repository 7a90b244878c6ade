"""The statement of a payout: sums that add up, as page, CSV and PDF."""

from collections.abc import Iterator

from django.db.models import QuerySet, Sum
from django.http import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.correspondence.senders import look_of, sender_of
from zahlmeister.letters.look import Look
from zahlmeister.letters.table_paper import Column, Figures, figures_paper
from zahlmeister.merchants.operator import operator
from zahlmeister.office import shown
from zahlmeister.office.export import amount_cell, cell, csv_answer
from zahlmeister.payouts.models import Payout, PayoutLine
from zahlmeister.payouts.states import LineKind

#: More lines than these stand in the CSV only; the sums of the PDF are always those of all lines.
MOST_ON_PAPER = 2000


def statement_sums(payout: Payout) -> list[tuple[str, int]]:
    """The statement in a few lines: they add up to the last one, which is the transfer."""
    rows = payout.lines.values_list("kind").annotate(Sum("amount_minor")).order_by()
    found: dict[str, int] = dict(rows)
    held = (
        (_("Not assigned yet"), payout.unclear_minor),
        (_("Transfers on their way"), payout.on_its_way_minor),
        (_("Refunds that wait"), payout.promised_minor),
        (_("Reserve"), payout.reserve_minor),
    )
    return [
        (_("At the bank before"), payout.before_minor),
        *((str(kind.label), found[kind]) for kind in LineKind if kind in found),
        *((name, -minor) for name, minor in held if minor),
        (_("Paid out"), payout.amount_minor),
    ]


def statement_csv(payout: Payout) -> HttpResponseBase:
    """Every line and every sum, so that the column of amounts adds up to zero with the payout."""
    head = [_("Booked"), _("Kind"), _("Name"), _("Text"), _("Amount"), _("Currency")]
    return csv_answer(f"{_('payout')}-{payout.period}", head, _rows(payout))


def statement_pdf(payout: Payout) -> bytes:
    """The statement on paper, in the reader's language."""
    language = get_language() or "en"
    lines = list(_lines(payout)[:MOST_ON_PAPER])
    count = payout.lines.count()
    notes = [_("Transferred to %(name)s, %(number)s, with the reference %(reference)s.") % _where(payout)]
    if count > len(lines):
        notes.append(
            _("%(more)s more lines stand in the CSV file; the sums are of all.") % {"more": count - len(lines)}
        )
    said = Figures(
        title=f"{_('Statement of the payout')} {shown.period_text(payout.period, language)}",
        to=(payout.merchant.name,),
        facts=((_("Account"), payout.account.number), (_("Date"), f"{payout.created_at:%d.%m.%Y}")),
        columns=(
            Column(_("Booked"), 20),
            Column(_("Kind"), 34),
            Column(_("Name"), 42),
            Column(_("Text"), 50),
            Column(payout.currency, 24, is_figure=True),
        ),
        rows=[_cells(line, language) for line in lines],
        sums=[(name, shown.money_text(minor, payout.currency, language)) for name, minor in statement_sums(payout)],
        notes=notes,
    )
    return figures_paper(said, look_of_house(payout.merchant_id))


def _where(payout: Payout) -> dict[str, str]:
    order = payout.order
    return {"name": order.creditor_name, "number": order.creditor_number, "reference": order.end_to_end_id}


def _cells(line: PayoutLine, language: str) -> tuple[str, ...]:
    name, text = _said(line)
    amount = shown.money_text(line.amount_minor, line.payout.currency, language)
    return (f"{line.booked_on:%d.%m.%Y}", str(LineKind(line.kind).label), name, text[:120], amount)


def _rows(payout: Payout) -> Iterator[list[str]]:
    for line in _lines(payout).iterator(chunk_size=2000):
        name, text = _said(line)
        amount = amount_cell(line.amount_minor, payout.currency)
        kind = str(LineKind(line.kind).label)
        yield [line.booked_on.isoformat(), kind, cell(name), cell(text), amount, payout.currency]
    kinds = {str(kind.label) for kind in LineKind}
    for name, minor in statement_sums(payout):
        if name not in kinds or name == _("Paid out"):
            signed = -minor if name == _("Paid out") else minor
            yield ["", name, "", "", amount_cell(signed, payout.currency), payout.currency]


def _lines(payout: Payout) -> QuerySet[PayoutLine]:
    return payout.lines.select_related("transaction", "payout").order_by("posting")


def _said(line: PayoutLine) -> tuple[str, str]:
    told = line.transaction
    return (told.counterparty, told.remittance) if told else ("", _("Books begin"))


def look_of_house(merchant_id: int) -> Look:
    """The operator as the sender where there is one, else the merchant."""
    runs = operator()
    for each in (runs.pk if runs else 0, merchant_id):
        if sender := sender_of(each, None):
            return look_of(sender)
    return Look(name=runs.name if runs else "Zahlmeister")
