import mailbox
from datetime import date, timedelta
from pathlib import Path

from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.orders.record import shop_called
from zahlmeister.sandbox.letters import deliver_letters, set_up_letters


def test_the_demo_writes_to_those_who_have_not_paid_and_to_nobody_outside(stage: Stage, tmp_path: Path, settings):
    settings.MAIL_WAY = f"maildir:{tmp_path / 'post'}"
    BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR")
    shop = shop_called(stage.merchant.pk, "Wollstube")
    set_up_letters(stage.merchant, shop, today=stage.now.date(), at=stage.now)
    old = date(2026, 11, 20) - timedelta(days=6)
    stage.orders(
        order("1", "49.90", ordered_on=date(2026, 11, 20)),
        order("2", "5.00", "Bernd Bauer", ordered_on=date(2026, 11, 20)),
        order("3", "5.00", "Cora Cast", ordered_on=old),
    )
    stage.pays(Paid(500, "Bestellung 2", "Bernd Bauer"))

    assert deliver_letters(clock=stage.clock) == 2
    [mail] = mailbox.Maildir(tmp_path / "post")
    assert mail["To"] == "Anna Weber <anna@post.example>"
