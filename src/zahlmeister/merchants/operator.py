"""Who runs the installation: a merchant row like any other, with books and bank accounts of its own.

There is one at most (a constraint says so). A merchant who runs the house for himself needs none: nobody charges him.
"""

from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused


def operator() -> Merchant | None:
    """Who runs the installation; None when a merchant runs it for himself."""
    return Merchant.objects.filter(is_operator=True).first()


def require_operator() -> Merchant:
    """Who runs the installation.

    Raises:
        Refused: nobody does.
    """
    found = operator()
    if found is None:
        raise Refused("This installation has no operator; `zahlmeister operator` names one.")
    return found


def customers() -> list[Merchant]:
    """The merchants that an operator works for, by number: all but the operator; none without one."""
    if operator() is None:
        return []
    return list(Merchant.objects.filter(is_operator=False).order_by("pk"))
