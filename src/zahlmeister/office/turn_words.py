"""What a worker was about when it failed, in the operator's words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

#: A worker's turn (see `merchants.trouble.take_first`) → what it does.
TURNS: Mapping[str, Promise] = {
    "adopt_returns": gettext_lazy("take over money that came back"),
    "ask_for_top_up": gettext_lazy("ask a customer to top up"),
    "check": gettext_lazy("check the books at night"),
    "cover": gettext_lazy("cover a pooled account that is overdrawn"),
    "cover_arrived": gettext_lazy("book the money that covers a pooled account"),
    "cover_send": gettext_lazy("send the money that covers a pooled account"),
    "deliver_books": gettext_lazy("deliver the books"),
    "erp_documents": gettext_lazy("work on what an ERP sent"),
    "execute_refunds": gettext_lazy("execute refunds"),
    "expire_announced": gettext_lazy("let an announced transfer expire"),
    "expire_grants": gettext_lazy("let granted credit expire"),
    "follow_charge": gettext_lazy("follow a charge at a provider"),
    "follow_collections": gettext_lazy("follow direct debits"),
    "follow_payouts": gettext_lazy("follow payouts"),
    "follow_refunds": gettext_lazy("follow refunds"),
    "forget": gettext_lazy("forget people in time"),
    "give_back": gettext_lazy("give a surplus back"),
    "hand-over-webhooks": gettext_lazy("hand over webhooks"),
    "invoice": gettext_lazy("write the month's invoice"),
    "listen_to_erp": gettext_lazy("ask an ERP for news"),
    "look_ahead": gettext_lazy("reckon the forecast"),
    "net_refunds": gettext_lazy("set refunds off"),
    "owe_invoice": gettext_lazy("book what the operator's invoice claims"),
    "pay_out": gettext_lazy("pay out"),
    "receive_settlement": gettext_lazy("receive a settlement"),
    "reconcile": gettext_lazy("compare the books with the bank"),
    "reconcile_again": gettext_lazy("compare the books with the bank once more"),
    "reconcile_missed": gettext_lazy("compare the books of missed days with the bank"),
    "return_payment": gettext_lazy("send a payment back"),
    "send_link": gettext_lazy("send a link to a customer"),
    "send_surplus_at_provider": gettext_lazy("send a surplus back by its provider"),
    "send_surplus_back": gettext_lazy("send a surplus back"),
    "settle_invoice": gettext_lazy("settle an invoice from a balance"),
    "settle_started": gettext_lazy("assign what a new account has brought"),
    "take_announced": gettext_lazy("take an announced transfer"),
    "tell_erp": gettext_lazy("tell an ERP"),
}


def turn(name: str) -> str:
    """What a worker's turn does; one without words keeps its name."""
    return str(TURNS.get(name, name))
