"""What is refused about payment providers, to be translated; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("There is no such provider here."),
    gettext_noop("There is a provider “%(name)s” already; choose another name."),
    gettext_noop("%(provider)s needs %(keys)s."),
    gettext_noop("Another address than the provider's own is used only where the operator allows it."),
    gettext_noop("This merchant takes no payments in this way; choose another one."),
    gettext_noop("An amount above zero is needed to pay."),
    gettext_noop("One of these orders does not exist, or is in another currency."),
    gettext_noop("The parts for the orders are more than the amount."),
    gettext_noop("Nothing is done yet with money paid for this purpose, so that nobody can pay for it."),
    gettext_noop("A payment of %(amount)s for the same is on its way; whoever pays again pays twice."),
    gettext_noop("There is no such payment for orders."),
    gettext_noop("Of this payment at most %(left)s can go back by the way it was paid."),
    gettext_noop(
        "%(amount)s of this payment went onto the customer's balance; for orders at most %(left)s can go back."
    ),
    gettext_noop("This payment has paid nothing of that order."),
    gettext_noop("The payment was charged back, so that nothing of it is sent back."),
    gettext_noop("Only an owner may connect a payment provider or change its keys."),
    gettext_noop("Nothing was paid by this payment, so that nothing can go back."),
    gettext_noop("This payment has just changed; look again."),
    gettext_noop("%(provider)s moved %(amount)s of a payment in %(currency)s; book it by hand."),
    gettext_noop("%(provider)s does not accept the key: %(why)s"),
    gettext_noop("%(provider)s does not answer as it should: %(why)s"),
    gettext_noop("%(provider)s declines: %(why)s"),
    gettext_noop("You have asked for this yourself; somebody else has to approve it."),
    gettext_noop("You have no right to approve refunds of this merchant."),
    gettext_noop("There is no such refund at a provider; look again."),
    gettext_noop("This waits for no second person any more; look again."),
    gettext_noop("This balance has to be released first, on the page of the customers."),
    gettext_noop("A second person has not approved it."),
)
