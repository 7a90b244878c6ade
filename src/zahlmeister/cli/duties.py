"""What a worker is there for: each duty is a list of turns, and a worker may be given some of the duties only."""

from collections.abc import Callable, Collection
from enum import StrEnum

from zahlmeister.cli.turns import NOW_AND_THEN, SOON

#: A turn: takes `clock`, does a little of what is due, and returns None when nothing is.
Take = Callable[..., object]


class Duty(StrEnum):
    """The duties, in the order in which one worker with all of them goes through them."""

    BANK = "bank"
    SHOP = "shop"
    TELL = "tell"
    REFUND = "refund"
    ASK = "ask"
    CHARGE = "charge"
    PAY_OUT = "pay-out"
    COLLECT = "collect"
    BOOKS = "books"
    PURCHASE = "purchase"
    PROVIDERS = "providers"
    CREDIT = "credit"
    CENTRE = "centre"


#: What is done while nothing may leave the house: reading what others tell.
READING = frozenset({Duty.BANK, Duty.SHOP})


def turns_of(duties: Collection[Duty]) -> list[tuple[Take, float]]:
    """The turns of these duties, each with the seconds it is left alone when nothing was due.

    A duty is one function here, so that a worker without it does not even load what it needs.
    """
    return [turn for duty in Duty if duty in duties for turn in _DUTIES[duty]()]


def _bank() -> list[tuple[Take, float]]:
    """Statements are fetched and read, and what was waiting for them goes on."""
    from zahlmeister.flows.confirm_account import line_up_left_out
    from zahlmeister.flows.fetch_statements import fetch_next
    from zahlmeister.flows.receive_statement import receive_next
    from zahlmeister.flows.start_account import settle_started

    return _soon(fetch_next, receive_next, line_up_left_out, settle_started)


def _shop() -> list[tuple[Take, float]]:
    """Orders and credits are read from shops."""
    from zahlmeister.flows.read_shop_orders import read_next

    return _soon(read_next)


def _tell() -> list[tuple[Take, float]]:
    """Whoever has to be told is told: shops, programs, agencies, and people by mail and on paper."""
    from zahlmeister.flows.deliver_outbox import deliver_next
    from zahlmeister.flows.forget_answers import forget_answers_next
    from zahlmeister.flows.people.ask_key import send_key_next
    from zahlmeister.flows.tell_webhooks import hand_over_next

    return [*_soon(send_key_next, hand_over_next, deliver_next), *_now_and_then(forget_answers_next)]


def _refund() -> list[tuple[Take, float]]:
    """Money goes back."""
    from zahlmeister.flows import collect_refunds, follow_refunds
    from zahlmeister.flows.adopt_returns import adopt_next
    from zahlmeister.flows.collect_debt import collect_debt_next
    from zahlmeister.flows.execute_refunds import execute_next
    from zahlmeister.flows.net_refunds import net_next

    now_and_then = _now_and_then(collect_refunds.follow_next, collect_debt_next, net_next, adopt_next)
    return [*_soon(follow_refunds.follow_next, execute_next), *now_and_then]


def _ask() -> list[tuple[Take, float]]:
    """Buyers are reminded, and mails that came back are read."""
    from zahlmeister.flows.read_bounces import read_folder, read_mailbox
    from zahlmeister.flows.run_dunning import run_next

    return _now_and_then(run_next, read_folder, read_mailbox)


def _charge() -> list[tuple[Take, float]]:
    """The operator's invoices are written and settled."""
    from zahlmeister.flows.invoice_month import invoice_next, owe_next
    from zahlmeister.flows.settle_invoice import settle_next

    return _now_and_then(invoice_next, owe_next, settle_next)


def _pay_out() -> list[tuple[Take, float]]:
    """The books are checked, pooled accounts are settled, and what nobody may keep goes back."""
    from zahlmeister.flows import follow_payouts
    from zahlmeister.flows.check_nightly import check_next
    from zahlmeister.flows.cover_balance import cover_next
    from zahlmeister.flows.give_back import give_back_next
    from zahlmeister.flows.pay_out import pay_out_next
    from zahlmeister.flows.return_payment import return_next

    return _now_and_then(return_next, check_next, pay_out_next, follow_payouts.follow_next, give_back_next, cover_next)


def _keep_books() -> list[tuple[Take, float]]:
    """Each day is reconciled, the next ones looked at, the bookkeeper gets his files, and old names are forgotten."""
    from zahlmeister.flows.deliver_books import deliver_books_next
    from zahlmeister.flows.forget import forget_next
    from zahlmeister.flows.look_ahead import look_ahead_next
    from zahlmeister.flows.reconcile import reconcile_next

    return _now_and_then(reconcile_next, deliver_books_next, look_ahead_next, forget_next)


def _collect() -> list[tuple[Take, float]]:
    """Cases go to agencies, and what they say is heard."""
    from zahlmeister.flows.follow_cases import follow_cases
    from zahlmeister.flows.hand_over import hand_over_next
    from zahlmeister.flows.hear_agency import hear_next
    from zahlmeister.flows.take_agency_payout import take_next

    return _now_and_then(hand_over_next, follow_cases, hear_next, take_next)


def _purchase() -> list[tuple[Take, float]]:
    """Purchases on invoice: ERPs are heard and told, claims are followed, guarantees are paid, weeks are settled."""
    from zahlmeister.flows.erps.listen_to_erp import listen_next
    from zahlmeister.flows.erps.receive_document import take_next
    from zahlmeister.flows.erps.tell_erp import hand_over_next
    from zahlmeister.flows.purchase import follow_claims, follow_settlements
    from zahlmeister.flows.purchase.pay_guarantee import pay_next
    from zahlmeister.flows.purchase.release import expire_next
    from zahlmeister.flows.purchase.settle_week import settle_next

    settling = follow_settlements.follow_next, follow_settlements.receive_next
    guaranteeing = expire_next, follow_claims.follow_next, pay_next, settle_next, *settling
    return [*_soon(take_next, hand_over_next), *_now_and_then(listen_next, *guaranteeing)]


def _providers() -> list[tuple[Take, float]]:
    """Payment providers are asked how payments stand, what goes back is sent, and payouts are found."""
    from zahlmeister.flows.centre.surplus_at_provider import send_surplus_next
    from zahlmeister.flows.charge_stored import charge_next, forget_stored_next
    from zahlmeister.flows.hear_provider import look_next
    from zahlmeister.flows.refund_by_provider import send_next
    from zahlmeister.flows.take_provider_payout import read_next, take_next

    soon = _soon(look_next, charge_next, send_surplus_next, send_next)
    return [*soon, *_now_and_then(read_next, take_next, forget_stored_next)]


def _credit() -> list[tuple[Take, float]]:
    """What was known of buyers is forgotten when its time has come."""
    from zahlmeister.flows.purchase.forget_buyers import forget_next

    return _now_and_then(forget_next)


def _centre() -> list[tuple[Take, float]]:
    """Customers are let in; what they announced is found on statements, pays invoices or waits for its release."""
    from zahlmeister.flows.centre.by_itself import ask_next, expire_next
    from zahlmeister.flows.centre.charge_by_itself import follow_next
    from zahlmeister.flows.centre.let_in import send_link_next
    from zahlmeister.flows.centre.surplus import send_back_next
    from zahlmeister.flows.centre.take import take_next

    return [*_soon(send_link_next), *_now_and_then(take_next, send_back_next, ask_next, follow_next, expire_next)]


_DUTIES: dict[Duty, Callable[[], list[tuple[Take, float]]]] = {
    Duty.BANK: _bank,
    Duty.SHOP: _shop,
    Duty.TELL: _tell,
    Duty.REFUND: _refund,
    Duty.ASK: _ask,
    Duty.CHARGE: _charge,
    Duty.PAY_OUT: _pay_out,
    Duty.COLLECT: _collect,
    Duty.BOOKS: _keep_books,
    Duty.PURCHASE: _purchase,
    Duty.PROVIDERS: _providers,
    Duty.CREDIT: _credit,
    Duty.CENTRE: _centre,
}


def _soon(*takes: Take) -> list[tuple[Take, float]]:
    """Somebody waits for these."""
    return [(take, SOON) for take in takes]


def _now_and_then(*takes: Take) -> list[tuple[Take, float]]:
    """These become due by the day or by the hour."""
    return [(take, NOW_AND_THEN) for take in takes]
