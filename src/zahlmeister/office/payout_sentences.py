"""What is refused about verification, payouts and plans, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("“%(name)s” is not verified; until then no refund and no payout leaves."),
    gettext_noop("A merchant that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("Somebody else has just changed the verification; look again."),
    gettext_noop("Say what the verification rests on, or why it failed."),
)
