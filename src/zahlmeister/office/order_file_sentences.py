"""What is said about files of orders, listed to be translated: without the place, which stands before the colon."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Say which column has the order number, and which has the amount to pay."),
    gettext_noop("What the columns of “%(name)s” mean is not known yet."),
    gettext_noop("Nothing is remembered of the columns of these files."),
    gettext_noop("The orders of “%(name)s” do not come as files."),
    gettext_noop("there is no column “%(column)s”, only %(seen)s; its header may be %(headers)s and the like."),
    gettext_noop("the order number is missing."),
    gettext_noop("the amount is missing."),
    gettext_noop("“%(text)s” is no day; 2026-11-20 or 20.11.2026 is expected."),
    gettext_noop("“%(text)s” is no currency; three letters such as EUR are expected."),
    gettext_noop("“%(text)s” is no level; 0 to 5 is expected."),
    gettext_noop("%(discount)s is no cash discount on %(amount)s."),
    gettext_noop("nobody says until when the cash discount may be taken."),
    gettext_noop("%(count)s fields where the header has %(expected)s; a field with a separator inside needs quotes."),
    gettext_noop("the header is missing; a line with the names of the columns is expected."),
    gettext_noop("%(name)s is empty; a header line and orders are expected."),
    gettext_noop("%(name)s is empty; a header row and orders are expected."),
    gettext_noop("%(name)s is %(what)s and no CSV; export the orders from the shop as CSV."),
    gettext_noop("%(name)s is larger than %(size)s MB; export the open orders alone, or as CSV."),
    gettext_noop("%(name)s is JSON, but no list of orders: a list of objects is expected, one for each order."),
    gettext_noop("“%(name)s” is no spreadsheet that can be opened; it may be protected or damaged."),
)
