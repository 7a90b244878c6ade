"""An invoice as PDF with the data inside (ZUGFeRD), and as data alone (XRechnung), made from the kept figures."""

from calendar import monthrange
from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from zahlmeister.formats.e_invoice import Invoiced, InvoiceItem, InvoiceParty, xrechnung, zugferd
from zahlmeister.letters.figures import money
from zahlmeister.letters.look import Look
from zahlmeister.letters.table_paper import Column, Figures, figures_paper
from zahlmeister.money.amount import Amount
from zahlmeister.plans.models import Invoice, InvoiceLine
from zahlmeister.plans.rules import Category


def line_text(line: InvoiceLine, language: str) -> tuple[str, str]:
    """What a line is for, and how it comes to its amount."""
    with override(language):
        about = {"about": line.about, "count": line.count}
        if line.kind in {"commission", "without_order"}:
            whole, part = divmod(int(line.about or 0), 100)
            about["about"] = f"{whole}{',' if language == 'de' else '.'}{part:02d} %"
        payments = ngettext("%(count)s payment", "%(count)s payments", line.count) % about
        names = {
            "commission": (_("Commission %(about)s") % about, payments),
            "without_order": (_("Payments without an order, at most the cap each"), payments),
            "flat": (_("Flat rate for own accounts"), ""),
            "debits": (_("Direct debits for refunds, more than one a week"), _("%(count)s in this month") % about),
            "reminder_fees": (
                _("Reminder fees that buyers paid"),
                ngettext("%(count)s order", "%(count)s orders", line.count) % about,
            ),
            "pooled": (_("Pooled accounts in %(about)s") % about, _("%(count)s in this month") % about),
        }
        return names[line.kind]


def invoice_xml(invoice: Invoice) -> bytes:
    """The invoice as XRechnung."""
    return xrechnung(_invoiced(invoice, "de"))


def invoice_pdf(invoice: Invoice, language: str) -> bytes:
    """The invoice for people, with the same data inside for programs."""
    return zugferd(_paper(invoice, language), _invoiced(invoice, language))


def _invoiced(invoice: Invoice, language: str) -> Invoiced:
    month, last = invoice.month, monthrange(invoice.month.year, invoice.month.month)[1]
    texts = [(line, line_text(line, language)) for line in invoice.lines.order_by("position")]
    with override(language):
        terms = _terms(invoice)
        reason = allowance_text()
    return Invoiced(
        number=invoice.number,
        issued_on=invoice.issued_on,
        first_day=month,
        last_day=month.replace(day=last),
        currency=invoice.currency,
        seller=InvoiceParty(**invoice.seller),
        buyer=InvoiceParty(**invoice.buyer),
        items=[InvoiceItem(name, line.net_minor, how) for line, (name, how) in texts],
        category=invoice.category,
        per_mille=invoice.per_mille,
        tax=invoice.tax_minor,
        terms=terms,
        allowance=invoice.allowance_minor,
        allowance_reason=reason,
    )


def allowance_text() -> str:
    """What is taken off all lines together, in the language of the reader."""
    return _("Credit: fees of missed payments of earlier months")


def _terms(invoice: Invoice) -> str:
    if not invoice.total_minor:
        return _("Nothing is to be paid.")
    return _("Taken from the balance or collected by direct debit.")


def _allowed(invoice: Invoice, amount: Callable[[int], str]) -> list[tuple[str, str]]:
    if not invoice.allowance_minor:
        return []
    before = invoice.net_minor + invoice.allowance_minor
    return [(_("Sum of the lines"), amount(before)), (allowance_text(), amount(-invoice.allowance_minor))]


def _paper(invoice: Invoice, language: str) -> bytes:
    def amount(minor: int) -> str:
        return money(Amount(minor, invoice.currency), language)

    buyer, seller = invoice.buyer, invoice.seller
    rows = [(line, line_text(line, language)) for line in invoice.lines.order_by("position")]
    whole, tenth = divmod(invoice.per_mille, 10)
    with override(language):
        rate = f"{whole}{f',{tenth}' if tenth else ''} %"
        notes = [_terms(invoice)]
        if invoice.category == Category.REVERSE_CHARGE:
            notes.append(_("The recipient owes the tax (reverse charge)."))
        if invoice.category == Category.OUTSIDE:
            notes.append(_("Not taxable in the country of the seller."))
        facts = [(_("Number"), invoice.number), (_("Date"), f"{invoice.issued_on:%d.%m.%Y}")]
        facts.append((_("Month"), f"{invoice.month:%m/%Y}"))
        if buyer["vat_id"]:
            facts.append((_("Your VAT id"), buyer["vat_id"]))
        said = Figures(
            title=f"{_('Invoice')} {invoice.number}",
            to=(buyer["company"], buyer["street"], f"{buyer['postcode']} {buyer['city']}", buyer["country"]),
            facts=facts,
            columns=(Column(_("For"), 90), Column(_("How many"), 50), Column(_("Amount"), 30, is_figure=True)),
            rows=[(name, how, amount(line.net_minor)) for line, (name, how) in rows],
            sums=[
                *_allowed(invoice, amount),
                (_("Net"), amount(invoice.net_minor)),
                (f"{_('Tax')} {rate}", amount(invoice.tax_minor)),
                (_("Total"), amount(invoice.total_minor)),
            ],
            notes=notes,
        )
        imprint = " · ".join(part for part in (seller["company"], seller["vat_id"], seller["email"]) if part)
    postal = (seller["street"], f"{seller['postcode']} {seller['city']}")
    return figures_paper(said, Look(seller["company"], postal=postal, imprint=imprint))
