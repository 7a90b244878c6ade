"""What money does that a buyer paid at a provider: dispatched by what the payment is for.

Whoever spends takes exactly what came in out of “paid elsewhere”, where the provider's money was put, and puts exactly
as much there again when it is charged back. All of it happens inside the caller's transaction and turn, and once for
each move, because the caller keeps each move only once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from zahlmeister.flows import spend_on_items
from zahlmeister.flows.centre import by_provider
from zahlmeister.intents.models import PaymentIntent, ProviderMove, ProviderRefund
from zahlmeister.intents.states import Purpose
from zahlmeister.refusals import Refused

#: The payment, the move that brought or took the money, how much of it, and the instant.
Money = Callable[[PaymentIntent, ProviderMove, int, datetime], None]
#: The payment, what goes back, and the instant.
GoingBack = Callable[[PaymentIntent, ProviderRefund, datetime], None]


@dataclass(frozen=True, slots=True)
class Spender:
    """What is done for one purpose.

    `refunded` books that the provider has sent money back, and promises it first where nobody had asked us;
    `not_refunded` undoes it, or gives up what was asked for and never left.
    """

    came_in: Money
    charged_back: Money
    refunded: GoingBack
    not_refunded: GoingBack


SPENDERS: Mapping[Purpose, Spender] = {
    Purpose.ITEMS: Spender(
        spend_on_items.came_in,
        spend_on_items.charged_back,
        spend_on_items.refunded,
        spend_on_items.not_refunded,
    ),
    Purpose.TOP_UP: Spender(
        by_provider.came_in,
        by_provider.charged_back,
        by_provider.refunded,
        by_provider.not_refunded,
    ),
}


def spender_of(purpose: str) -> Spender:
    """What is done with money for this purpose.

    Raises:
        Refused: nothing is; no buyer may be asked for such a payment.
    """
    spender = SPENDERS.get(Purpose(purpose))
    if spender is None:
        raise Refused("Nothing is done yet with money paid for this purpose, so that nobody can pay for it.")
    return spender
