"""The demo's operator: a plan with a small free quota, so that the page shows what a month costs."""

from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.flows.agree_plan import Address, agree_plan, keep_billing, price_plan
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.merchants.models import Merchant
from zahlmeister.plans.rules import Prices

BY = "demo"
SLUG = "zahlstelle"
PLAN = "Basis"
CREDITOR = "DE98ZZZ09999999999"
SELLER = Address(
    "Zahlstelle GmbH", "Marktplatz 1", "10115", "Berlin", "DE", "rechnung@zahlstelle.example", "030 5550123"
)
BUYER = Address(
    "Brigittes Wollstube", "Spinnradgasse 3", "79098", "Freiburg im Breisgau", "DE", "brigitte@wollstube.example"
)


def open_plan(merchant: Merchant, *, at: datetime) -> None:
    """Name an operator and agree a plan with the demo's merchant from this month on."""
    runs, _ = Merchant.objects.get_or_create(slug=SLUG, defaults={"name": SELLER.company})
    name_operator(runs, by=BY, at=at, creditor_id=CREDITOR)
    keep_billing(runs, SELLER, by=BY, at=at)
    keep_billing(merchant, BUYER, by=BY, at=at)
    price_plan(PLAN, localdate(at), Prices(pooled_monthly={"DE": 500}), by=BY, at=at)
    agree_plan(merchant, PLAN, localdate(at), by=BY, at=at)
