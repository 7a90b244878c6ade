"""What is refused about verification, payouts and plans, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("“%(name)s” is not verified; until then no refund and no payout leaves."),
    gettext_noop("A merchant that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("Somebody else has just changed the verification; look again."),
    gettext_noop("Say what the verification rests on, or why it failed."),
    gettext_noop("A payout account that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("Somebody else has just changed this payout account; look again."),
    gettext_noop("Enter the account holder exactly as the bank knows it."),
    gettext_noop("Another account is being asked for already; refuse it first."),
    gettext_noop("This link is not yours; only who entered the account can confirm it."),
    gettext_noop("Only an owner, or the operator, may approve the account for payouts."),
    gettext_noop("Only an owner, or the operator, may refuse the account for payouts."),
    gettext_noop("Somebody else has to approve the account that you have entered."),
    gettext_noop("Only an owner may change the account for payouts."),
    gettext_noop("The books were not checked today yet; nothing is paid out before."),
    gettext_noop("The books do not add up, so that nothing is paid out: %(what)s"),
    gettext_noop("Only an owner may say when is paid out."),
    gettext_noop("Only what lies on a pooled account is paid out; this one is your own."),
    gettext_noop("Amounts of zero or more are needed, and a weekday from 1 to 7 or a day of the month up to 31."),
    gettext_noop("A statement is being read; what it brings is waited for."),
    gettext_noop("The movements since the last payout do not make the balance of the books; nothing is paid out."),
    gettext_noop("No account is known to which %(currency)s is paid out; enter one."),
    gettext_noop("Say first when this account is paid out."),
    gettext_noop("There is less than the minimum to be paid out."),
    gettext_noop("Only an owner may say that this recipient is not the one on the list of sanctions."),
    gettext_noop("What may leave on one day has left already; the rest can go tomorrow, or an owner lifts the cap."),
    gettext_noop("%(order)s is not in the books as it stands in the file; nothing is handed out."),
    gettext_noop("Nobody has approved %(order)s, as the history says; nothing is handed out."),
    gettext_noop("The history of %(order)s was changed; nothing is handed out."),
    gettext_noop("The list of sanctions %(path)s cannot be read (%(what)s); nothing leaves before."),
    gettext_noop("The list of sanctions %(path)s has no column “name”; nothing leaves before it is put right."),
    gettext_noop("Only an owner may change what stands on invoices."),
    gettext_noop("Only an owner may give the operator a mandate, or take it back."),
    gettext_noop("The operator collects from the merchants he works for, and not from himself."),
    gettext_noop("The operator has no creditor id yet, so that nothing can be collected."),
    gettext_noop("This money was collected or transferred by the operator and is booked; it is for no order."),
    gettext_noop(
        "The house has collected this money from a merchant by direct debit and books it itself within minutes; it is "
        "for no order."
    ),
    gettext_noop("Enter a VAT id first."),
    gettext_noop("The authority does not know this VAT id."),
    gettext_noop("“%(id)s” is no VAT id of the EU: two letters of the country and its number."),
    gettext_noop("VIES cannot ask %(country)s now; it is asked again later."),
)
