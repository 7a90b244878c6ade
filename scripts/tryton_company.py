"""Give a fresh Tryton the company that the tests sell in; scripts/with_tryton.py runs it in the peer's environment."""

import os
import sys
from datetime import date
from decimal import Decimal

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company

#: The terms under which an order is bought on invoice, and those of everybody else.
TERMS = {"Rechnungskauf": 14, "Vorkasse": 0}


def main() -> None:
    """Company, chart of accounts, fiscal year, a taxed product in stock, and terms of payment."""
    config.set_trytond(f"sqlite:///{sys.argv[1]}", config_file=os.environ["TRYTOND_CONFIG"])
    create_company(currency="EUR")
    create_chart()
    today = date.today()  # noqa: DTZ011 - the peer's own calendar
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(today=(today, today)))
    year.click("create_period")
    accounts = get_accounts()
    tax = create_tax(Decimal("0.19"))
    tax.name = "USt 19 %"
    tax.save()
    category = Model.get("product.category")(name="Waren", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.customer_taxes.append(tax)
    category.save()
    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    for name, price in (("Wolle", "10.00"), ("Stricknadeln", "3.33")):
        template = Model.get("product.template")(name=name, type="goods", salable=True, default_uom=unit)
        template.list_price = Decimal(price)
        template.account_category = category
        template.save()
    make_terms()
    bank = Model.get("account.journal")(name="Bank", code="BANK", type="cash")
    bank.save()
    method = Model.get("account.invoice.payment.method")(name="Bank", journal=bank)
    method.credit_account = method.debit_account = accounts["cash"]
    method.save()
    customer = Model.get("party.party")(name="Anna Weber")
    customer.save()


def make_terms() -> None:
    """Terms of payment with one part each."""
    for name, days in TERMS.items():
        term = Model.get("account.invoice.payment_term")(name=name)
        line = term.lines.new(type="remainder")
        line.relativedeltas.new(days=days)
        term.save()


main()
