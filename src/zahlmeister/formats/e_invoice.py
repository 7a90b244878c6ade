"""An invoice that programs read: EN 16931 in the syntax CII, as XRechnung and inside a PDF as ZUGFeRD / Factur-X.

Written by drafthorse, which also checks it against the schema of ZUGFeRD 2.3 (Factur-X 1.0.07) that it ships. The
fields are named by their numbers in EN 16931 where that helps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from drafthorse.models.accounting import ApplicableTradeTax, CategoryTradeTax, TradeAllowanceCharge
from drafthorse.models.document import Document
from drafthorse.models.party import TaxRegistration
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem
from drafthorse.pdf import attach_xml
from PIL.ImageCms import ImageCmsProfile, createProfile
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from zahlmeister.money.amount import minor_text

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
ZUGFERD = "urn:cen.eu:en16931:2017"
_SCHEMA = "FACTUR-X_EN16931"
_INVOICE = "380"
_TRANSFER, _DEBIT, _OPEN = "58", "59", "1"  # SEPA credit transfer, SEPA direct debit, not agreed (UNTDID 4461)
_REASONS = {
    "AE": "Reverse charge: the recipient owes the tax (Art. 196 Directive 2006/112/EC).",
    "O": "Not subject to tax here (Art. 44 Directive 2006/112/EC).",
}


@dataclass(frozen=True, slots=True)
class InvoiceParty:
    """A seller or buyer; `vat_id` is empty where none is valid."""

    company: str
    street: str
    postcode: str
    city: str
    country: str
    email: str = ""
    phone: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """One line: what, and its net amount in minor units; the number of pieces is one."""

    name: str
    net: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Invoiced:
    """An invoice with its figures in minor units. `category` is of the tax, its rate in thousandths.

    `iban` is the seller's; with a `mandate` it is collected by direct debit from `debtor_iban`. Without either nothing
    is said about how it is paid. An `allowance` is taken off all lines together, for a reason in words (BG-20).
    """

    number: str
    issued_on: date
    first_day: date
    last_day: date
    currency: str
    seller: InvoiceParty
    buyer: InvoiceParty
    items: Sequence[InvoiceItem]
    category: str
    per_mille: int
    tax: int
    iban: str = ""
    mandate: str = ""
    debtor_iban: str = ""
    creditor_id: str = ""
    terms: str = ""
    allowance: int = 0
    allowance_reason: str = ""

    @property
    def of_lines(self) -> int:
        return sum(item.net for item in self.items)

    @property
    def net(self) -> int:
        return self.of_lines - self.allowance


def xrechnung(said: Invoiced) -> bytes:
    """The invoice as XRechnung 3.0 in CII.

    Raises:
        ValueError: it does not fit the schema, which is a fault of ours.
    """
    return _written(said, XRECHNUNG)


def zugferd(pdf: bytes, said: Invoiced) -> bytes:
    """The PDF with the invoice inside (profile EN 16931), for people and programs alike."""
    xml = _written(said, ZUGFERD)
    about = {
        "author": said.seller.company,
        "keywords": "Invoice, Factur-X",
        "title": said.number,
        "subject": said.number,
    }
    return _with_colours(bytes(attach_xml(pdf, xml, level="EN 16931", metadata=about, lang="de")))


def _with_colours(pdf: bytes) -> bytes:
    """Say what the colours mean: PDF/A wants the profile of its screen colours inside (ISO 19005-3, 6.2.3)."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    profile = StreamObject()
    profile.set_data(ImageCmsProfile(createProfile("sRGB")).tobytes())
    profile[NameObject("/N")] = NumberObject(3)
    intent = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject("sRGB IEC61966-2.1"),
            NameObject("/DestOutputProfile"): writer._add_object(profile.flate_encode()),  # noqa: SLF001 - no other way
        }
    )
    writer.root_object[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(intent)])  # noqa: SLF001 - likewise
    writer.generate_file_identifiers()
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _written(said: Invoiced, guideline: str) -> bytes:
    document = Document()
    document.context.guideline_parameter.id = guideline
    if guideline == XRECHNUNG:
        document.context.business_parameter.id = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    document.header.id = said.number
    document.header.type_code = _INVOICE
    document.header.issue_date_time = said.issued_on
    agreement = document.trade.agreement
    agreement.buyer_reference = said.buyer.company  # BT-10, which XRechnung wants
    is_outside = said.category == "O"
    _party(agreement.seller, said.seller, is_outside=is_outside)
    _party(agreement.buyer, said.buyer, is_outside=is_outside)
    _contact(agreement.seller, said.seller)
    for number, item in enumerate(said.items, start=1):
        document.trade.items.add(_line(number, item, said))
    _settlement(document, said)
    return bytes(document.serialize(schema=_SCHEMA))


def _party(target: Any, party: InvoiceParty, *, is_outside: bool) -> None:
    """An invoice outside the scope of the tax names no VAT ids (BR-O-02)."""
    target.name = party.company
    target.address.line_one = party.street
    target.address.postcode = party.postcode
    target.address.city_name = party.city
    target.address.country_id = party.country
    if party.email:
        target.electronic_address.uri_ID = ("EM", party.email)
    if is_outside:
        target.id = party.email or party.company  # BT-29 and BT-46: somebody has to be named by something (BR-CO-26)
    elif party.vat_id:
        target.tax_registrations.add(TaxRegistration(id=("VA", party.vat_id)))


def _contact(target: Any, party: InvoiceParty) -> None:
    """BG-6, which XRechnung wants of the seller."""
    target.contact.person_name = party.company
    target.contact.telephone.number = party.phone
    target.contact.email.address = party.email


def _line(number: int, item: InvoiceItem, said: Invoiced) -> LineItem:
    line = LineItem()
    line.document.line_id = str(number)
    line.product.name = item.name
    if item.description:
        line.product.description = item.description
    line.agreement.net.amount = _amount(item.net, said.currency)
    line.delivery.billed_quantity = (Decimal(1), "C62")  # one piece (UN/ECE recommendation 20)
    line.settlement.trade_tax.type_code = "VAT"
    line.settlement.trade_tax.category_code = said.category
    if said.category != "O":
        line.settlement.trade_tax.rate_applicable_percent = _percent(said)
    line.settlement.monetary_summation.total_amount = _amount(item.net, said.currency)
    return line


def _settlement(document: Document, said: Invoiced) -> None:
    document.trade.delivery.event.occurrence = said.last_day  # BT-72; without it the element would be empty
    settlement = document.trade.settlement
    settlement.currency_code = said.currency
    settlement.period.start = said.first_day
    settlement.period.end = said.last_day
    _means(settlement, said)
    tax = ApplicableTradeTax()
    tax.calculated_amount = _amount(said.tax, said.currency)
    tax.basis_amount = _amount(said.net, said.currency)
    tax.type_code = "VAT"
    tax.category_code = said.category
    tax.rate_applicable_percent = _percent(said)  # also where there is none: XRechnung wants it (BR-DE-14)
    if said.category in _REASONS:
        tax.exemption_reason = _REASONS[said.category]
    settlement.trade_tax.add(tax)
    if said.allowance:
        settlement.allowance_charge.add(_allowance(said))
    total = _amount(said.net + said.tax, said.currency)
    sums = settlement.monetary_summation
    sums.line_total = _amount(said.of_lines, said.currency)
    if said.allowance:
        sums.allowance_total = _amount(said.allowance, said.currency)
    sums.tax_basis_total = _amount(said.net, said.currency)
    sums.tax_total = (_amount(said.tax, said.currency), said.currency)
    sums.grand_total = sums.due_amount = total


def _allowance(said: Invoiced) -> TradeAllowanceCharge:
    taken = TradeAllowanceCharge()
    taken.indicator = False  # an allowance and no charge
    taken.actual_amount = _amount(said.allowance, said.currency)
    taken.reason = said.allowance_reason
    tax = CategoryTradeTax()
    tax.type_code = "VAT"
    tax.category_code = said.category
    if said.category != "O":
        tax.rate_applicable_percent = _percent(said)
    taken.trade_tax.add(tax)
    return taken


def _means(settlement: Any, said: Invoiced) -> None:
    means, terms = PaymentMeans(), PaymentTerms()
    means.type_code = _DEBIT if said.mandate else _TRANSFER if said.iban else _OPEN
    terms.description = said.terms
    if said.mandate:
        settlement.creditor_reference_id = said.creditor_id
        means.payer_account.iban = said.debtor_iban
        terms.debit_mandate_id = said.mandate
    elif said.iban:
        means.payee_account.iban = said.iban
    settlement.payment_means.add(means)
    settlement.terms.add(terms)


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor_text(minor, currency))


def _percent(said: Invoiced) -> Decimal:
    return Decimal(said.per_mille) / 10
