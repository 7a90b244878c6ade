"""Programs are called back: the deliverer of the outbox's channel “webhook”.

What is said is the order as it is now, so that a call that comes late is not out of date. A call may come twice; its
key tells the program so.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from zahlmeister.connectors.web import Declined, Question, Site, origin, site
from zahlmeister.flows import tell_webhooks
from zahlmeister.flows.describe_order import describe
from zahlmeister.outbox.deliver import while_somebody_answers
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Outcome
from zahlmeister.programs.callbacks import code_of
from zahlmeister.programs.models import Callback
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refusal

#: A program that did not take a call is called again after so long, until the outbox gives up.
RETRY = timedelta(minutes=15)
CODE_HEADER = "X-Komfortkasse-Callback-Access-Code"


def call_programs(messages: Sequence[Message]) -> list[Outcome]:
    """Call one shop's program about the orders of these messages, one after the other; or tell a webhook."""
    if messages[0].group.startswith(tell_webhooks.GROUP):
        return tell_webhooks.deliver(messages)
    shop_id = int(messages[0].group.partition(":")[2])
    callback = Callback.objects.filter(merchant_id=messages[0].merchant_id, shop_id=shop_id, version=2).first()
    if callback is None:
        return [Done({"heard": "nobody"}) for _ in messages]
    try:
        with site(origin(callback.address)) as there:
            return while_somebody_answers(messages, partial(_call, there, callback, code_of(callback)), after=RETRY)
    except Refusal as refusal:  # the address may not be asked, or its code cannot be opened
        return [Later(str(refusal), RETRY) for _ in messages]


def _call(there: Site, callback: Callback, code: str, message: Message) -> Outcome:
    item = _item(message)
    if item is None:
        return Done({"heard": "nobody"})
    [order] = describe(message.merchant, [item])
    url = urlsplit(callback.address)
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
    question = Question(
        "POST",
        url.path or "/",
        parse_qsl(url.query, keep_blank_values=True),
        content=json.dumps(order, ensure_ascii=False).encode(),
        headers={**headers, CODE_HEADER: code} if code else headers,
    )
    try:
        there.ask(question)
    except Declined as error:
        return Later(str(error), RETRY)
    return Done({"status": order["paymentStatus"]})


def _item(message: Message) -> OpenItem | None:
    rows = OpenItem.objects.filter(merchant_id=message.merchant_id, order=int(message.payload["order"]))
    return rows.select_related("order").first()
