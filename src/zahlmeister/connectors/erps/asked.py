"""What ERPs that are asked have in common: a document of theirs, or the sentence why what stands there is none."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Protocol

from zahlmeister.connectors.erps.documents import Document, Kind, WrongDocument
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.refusals import Refusal

#: What was written so long before the last look may have been finished after it.
OVERLAP = timedelta(minutes=5)
_RANK = {str(kind): rank for rank, kind in enumerate(Kind)}
_OF_SEVERAL = "{} {} is of order {} and of {}; a purchase on invoice has documents of its own. Split it in the ERP."


class OfOrder(Protocol):
    """The order that a document is of; `also` is another one that it is of as well, empty where there is none."""

    @property
    def number(self) -> str: ...

    @property
    def also(self) -> str: ...


def found(erp: str, kind: str, number: str, order: OfOrder, make: Callable[..., Document], *of: Any) -> Found:
    """A document, made of its order and of what the ERP says, or the sentence why what stands there is none."""
    number = str(number or "").replace("\0", "")
    where = f"{erp} {number}"
    try:
        if order.also:
            raise WrongDocument(_OF_SEVERAL.format(kind.replace("_", " "), number, order.number, order.also))
        document = make(order, *of)
    except Refusal as why:
        return Found(where, kind, number, why=str(why))
    return Found(where, document.kind, document.number, document)


def in_order(documents: Iterable[Found]) -> list[Found]:
    """An invoice before what is said of it; each number of a kind once."""
    once = {(one.kind, one.number): one for one in documents}
    return sorted(once.values(), key=lambda one: _RANK.get(one.kind, len(_RANK)))
