"""What is kept of guaranteed purchases. Each row belongs to the merchant who sells, but for the guarantor's own."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.purchase.rules import Claim, Limits
from zahlmeister.purchase.states import (
    AuthorisationState,
    ClaimState,
    Dispute,
    DueKind,
    EventKind,
    GuaranteeState,
    GuarantorKind,
    Recourse,
    SettlementState,
)
from zahlmeister.receivables.models import OpenItem, Payment


class Guarantor(Owned):
    """A party that carries the risk of purchases on invoice. `merchant` is the party itself, with books of its own.

    The claims it has bought are its open items: they are matched, reminded of and collected like any merchant's.
    """

    kind = models.CharField(_("guarantor"), max_length=12, choices=GuarantorKind.choices)
    licence = models.CharField(_("licence"), max_length=200, blank=True)  # of whom and for what, as it wants it said
    currency = models.CharField(max_length=3)
    debtor_limit_minor = models.BigIntegerField(_("limit per buyer"), null=True)
    total_limit_minor = models.BigIntegerField(_("limit in total"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="guarantor_once")]

    def __str__(self) -> str:
        return self.merchant.name

    @property
    def limits(self) -> Limits:
        return Limits(self.debtor_limit_minor, self.total_limit_minor)


class GuaranteeTerms(Owned):
    """What a merchant and a guarantor have agreed on, for one currency.

    `shop` is the merchant as a sales channel in the guarantor's books. `due_on` is the day of the next settlement,
    `stopped_by` why the last one could not be made, in a sentence.
    """

    guarantor = models.ForeignKey(Guarantor, on_delete=models.PROTECT, related_name="terms")
    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    is_on = models.BooleanField(_("new purchases are taken"), default=True)
    valid_days = models.PositiveSmallIntegerField(_("an authorisation is good for days"), default=30)
    term_days = models.PositiveSmallIntegerField(_("buyers pay within days"), default=14)
    guarantee_days = models.PositiveSmallIntegerField(_("paid at the latest after days"), default=30)
    report_within_days = models.PositiveSmallIntegerField(_("invoices are reported within days"), default=7)
    return_within_days = models.PositiveSmallIntegerField(_("returns are reported within days"), default=14)
    needs_shipment = models.BooleanField(_("a shipment must be reported"), default=True)
    fee_basis_points = models.PositiveIntegerField(_("fee of the invoice amount, in basis points"), default=0)
    fee_minor = models.BigIntegerField(_("fee for each invoice"), default=0)
    fee_tax_basis_points = models.PositiveIntegerField(_("tax on the fee, in basis points"), default=0)
    weekday = models.PositiveSmallIntegerField(_("settled on"), default=1)  # Monday is 1
    is_approved = models.BooleanField(_("approved in advance"), default=False)
    is_large_seller = models.BooleanField(_("large online seller"), default=False)
    version = models.ForeignKey(GuaranteeOffer, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    look_at = models.DateTimeField(null=True)
    stopped_by = models.TextField(blank=True)
    set_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "currency"], name="guarantee_terms_once"),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=120, term_days__gte=1, guarantee_days__gte=8)
                & Q(weekday__gte=1, weekday__lte=5, fee_minor__gte=0, fee_basis_points__lte=10_000),
                name="guarantee_terms_make_sense",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="guarantee_terms_by_due")]

    def __str__(self) -> str:
        return f"{self.merchant.name} · {self.guarantor}"


class Authorisation(Owned):
    """An order that may be bought on invoice: so much was promised, so much of it billed or released.

    `application` is what was asked, `decision` the number of the decision about it and `reasons` its stable codes.
    `debtor` is what makes two buyers the same. `reference` is what the buyer is to write on his transfer.
    """

    terms = models.ForeignKey(GuaranteeTerms, on_delete=models.PROTECT, related_name="authorisations")
    order_number = models.CharField(_("order number"), max_length=64)
    attempt = models.PositiveSmallIntegerField(default=1)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))
    captured_minor = models.BigIntegerField(_("billed"), default=0)
    released_minor = models.BigIntegerField(_("released"), default=0)
    state = models.CharField(_("state"), max_length=16, choices=AuthorisationState.choices)
    debtor = models.CharField(max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    application = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    decision = models.BigIntegerField(null=True)
    reasons = models.JSONField(default=list)
    public_text = models.CharField(max_length=40, blank=True)
    reference = models.CharField(_("payment reference"), max_length=40, blank=True)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "order_number", "attempt"], name="authorisation_attempt_once"),
            models.UniqueConstraint(
                fields=["merchant", "order_number"],
                condition=Q(state__in=("review", "accepted", "confirmed", "part_captured", "captured")),
                name="one_authorisation_per_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0,
                    captured_minor__gte=0,
                    released_minor__gte=0,
                    amount_minor__gte=F("captured_minor") + F("released_minor"),
                ),
                name="captured_within_authorised",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor=0) | ~Q(reference=""), name="captured_only_when_confirmed"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="authorisation_by_date"),
            models.Index(fields=["terms", "debtor"], name="authorisation_by_debtor"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=("review", "accepted", "confirmed", "part_captured")),
                name="authorisation_by_expiry",
            ),
            models.Index(fields=["decision"], name="authorisation_by_decision"),
        ]

    def __str__(self) -> str:
        return self.order_number

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What can still be billed."""
        return self.amount_minor - self.captured_minor - self.released_minor


class Settlement(Owned):
    """A week between guarantor and merchant: what was due, less what was brought forward, is one transfer.

    The figures never change. A negative total is carried forward; a transfer that was not made is due anew.
    """

    terms = models.ForeignKey(GuaranteeTerms, on_delete=models.PROTECT, related_name="settlements")
    period = models.CharField(_("week"), max_length=12)
    on = models.DateField(_("settled on"))
    currency = models.CharField(max_length=3)
    brought_minor = models.BigIntegerField(_("brought forward"), default=0)
    lines_minor = models.BigIntegerField(_("of this week"))
    transfer_minor = models.BigIntegerField(_("transfer"))
    forward_minor = models.BigIntegerField(_("carried forward"), default=0)
    state = models.CharField(_("state"), max_length=12, choices=SettlementState.choices)
    order = models.OneToOneField(PaymentOrder, on_delete=models.PROTECT, null=True, related_name="settlement")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="+")  # the merchant's
    look_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "terms", "period"], name="settled_once_a_week"),
            models.CheckConstraint(
                condition=Q(transfer_minor__gte=0, forward_minor__lte=0, brought_minor__lte=0)
                & (Q(transfer_minor=0) | Q(forward_minor=0))
                & Q(transfer_minor=F("brought_minor") + F("lines_minor") - F("forward_minor")),
                name="settlement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(transfer_minor=0, order__isnull=True, state="nothing")
                | Q(transfer_minor__gt=0, order__isnull=False) & ~Q(state="nothing"),
                name="settlement_has_its_transfer",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-on"], name="settlement_by_date"),
            models.Index(fields=["state", "look_at"], name="settlement_by_state"),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def transfer(self) -> Amount:
        return Amount(self.transfer_minor, self.currency)

    @property
    def reference(self) -> str:
        """What stands on the transfer, and is found in the merchant's statement."""
        return f"ZG{self.pk}"


class Capture(Owned):
    """An invoice of an authorised order, and the claim it is: bought by the guarantor, whose open item it became.

    `paid_minor` is what the buyer has paid of it as far as that was followed; `due_minor` and `price_minor` are what
    `rules.Claim` says of it, as booked. `withheld` are the conditions that keep the guarantor from paying, and
    `settled_by` is the settlement that completed its price.
    """

    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, related_name="captures")
    item = models.OneToOneField(OpenItem, on_delete=models.PROTECT, related_name="capture")  # the guarantor's
    number = models.CharField(_("invoice number"), max_length=64)
    currency = models.CharField(max_length=3)
    invoiced_on = models.DateField(_("invoice date"))
    captured_on = models.DateField(_("reported on"))
    reported_on = models.DateField(null=True)  # the day its document came, where it was taken on a later one
    due_on = models.DateField(_("due on"))
    reference = models.CharField(_("payment reference"), max_length=40)
    gross_minor = models.BigIntegerField(_("amount"))
    credited_minor = models.BigIntegerField(_("credited"), default=0)
    paid_minor = models.BigIntegerField(_("paid"), default=0)
    direct_minor = models.BigIntegerField(_("paid to the merchant"), default=0)
    price_minor = models.BigIntegerField(default=0)
    due_minor = models.BigIntegerField(default=0)
    lost_minor = models.BigIntegerField(_("lost"), default=0)
    guarantee = models.CharField(
        _("guarantee"), max_length=12, choices=GuaranteeState.choices, default=GuaranteeState.PENDING
    )
    is_guaranteed = models.BooleanField(default=False)
    pays_on = models.DateField(_("paid at the latest by the settlement of"))
    withheld = models.JSONField(default=list)
    version = models.ForeignKey(GuaranteeOffer, on_delete=models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(Settlement, on_delete=models.PROTECT, null=True, related_name="settled")
    recourse = models.CharField(max_length=24, choices=Recourse.choices, blank=True)
    claim = models.CharField(_("claim"), max_length=16, choices=ClaimState.choices, default=ClaimState.OPEN)
    level = models.PositiveSmallIntegerField(default=0)
    shipped_on = models.DateField(_("shipped on"), null=True)
    carrier = models.CharField(max_length=80, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=120, blank=True)
    return_minor = models.BigIntegerField(default=0)
    return_until = models.DateField(null=True)
    return_late_days = models.SmallIntegerField(default=0)
    dispute = models.CharField(max_length=24, choices=Dispute.choices, blank=True)
    dispute_until = models.DateField(null=True)
    promised_until = models.DateField(null=True)
    look_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="capture_once_per_invoice"),
            models.CheckConstraint(
                condition=Q(gross_minor__gt=0, credited_minor__gte=0, direct_minor__gte=0, paid_minor__gte=0)
                & Q(credited_minor__lte=F("gross_minor"), price_minor__lte=F("gross_minor") - F("credited_minor")),
                name="capture_figures_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(guarantee="recourse") & ~Q(recourse="") | ~Q(guarantee="recourse") & Q(recourse=""),
                name="recourse_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="capture_by_date"),
            models.Index(fields=["pays_on"], condition=Q(guarantee="pending"), name="capture_by_guarantee"),
            models.Index(fields=["merchant", "guarantee", "-id"], name="capture_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def gross(self) -> Amount:
        return Amount(self.gross_minor, self.currency)

    def agreed(self, name: str) -> int:
        """A figure of the terms as they were agreed when it was billed; later ones change nothing of it."""
        of = self.version.figures.get(name) if self.version else None
        return int(getattr(self.authorisation.terms, name) if of is None else of)

    @property
    def figures(self) -> Claim:
        """As the rules want it."""
        return Claim(
            gross=self.gross_minor,
            credited=self.credited_minor,
            paid=self.paid_minor,
            direct=self.direct_minor,
            is_guaranteed=self.is_guaranteed,
            is_taken_back=self.guarantee == GuaranteeState.RECOURSE,
        )


class Document(Owned):
    """What an ERP has sent, once per kind and number, as it came."""

    kind = models.CharField(max_length=20)
    number = models.CharField(_("number"), max_length=64)
    fingerprint = models.CharField(max_length=64)
    content = SealedFacts(purpose="document", default=dict)
    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, related_name="documents")
    capture = models.ForeignKey(Capture, on_delete=models.PROTECT, null=True, related_name="documents")
    taken_by = models.CharField(max_length=120)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "number"], name="document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Due(Owned):
    """Something is due to the merchant, or below zero by him, for one capture and one cause; settled once."""

    capture = models.ForeignKey(Capture, on_delete=models.PROTECT, null=True, related_name="dues")
    terms = models.ForeignKey(GuaranteeTerms, on_delete=models.PROTECT, related_name="dues")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, null=True, related_name="lines")
    kind = models.CharField(max_length=20, choices=DueKind.choices)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    on = models.DateField()
    source = models.CharField(max_length=120)
    document = models.CharField(max_length=64, blank=True)  # the ERP's number of what it came from

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source"], name="due_once_per_source"),
            models.CheckConstraint(condition=~Q(minor=0), name="due_is_something"),
        ]
        indexes = [models.Index(fields=["terms"], condition=Q(settlement=None), name="due_unsettled")]


class PurchaseEvent(Owned):
    """What an ERP has to hear of, in the order in which it happened; numbers grow."""

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    order_number = models.CharField(max_length=64, blank=True)
    invoice_number = models.CharField(max_length=64, blank=True)
    body = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="purchase_event_once")]
        indexes = [models.Index(fields=["merchant", "id"], name="purchase_event_by_number")]

    def __str__(self) -> str:
        return self.key
