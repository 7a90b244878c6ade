"""A payment with the truth about it."""

from dataclasses import dataclass

from zahlmeister.matching.facts import Payment

Answer = frozenset[int]  # the ids of the orders a payment is for
NOTHING: Answer = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """A payment and the truth about it.

    `answer` is what it really pays, empty when nothing open; `is_assignable` says whether the merchant himself could
    have known; `category` is what the report counts by, `tags` what it counts by besides.
    """

    payment: Payment
    answer: Answer
    is_assignable: bool
    category: str
    names: Answer = NOTHING  # the order it speaks of, when it does not pay it: to suggest that one is no mistake
    equals: tuple[Answer, ...] = ()  # other answers that a suggestion may put first: nobody could tell them apart
    accepted: tuple[Answer, ...] = ()
    tags: tuple[str, ...] = ()

    def may_be_booked(self, answer: Answer) -> bool:
        """Whether nobody is wronged when the money is booked to this answer."""
        return answer == self.answer or answer in self.accepted

    def may_be_suggested(self, answer: Answer) -> bool:
        """Whether a person who is shown this answer first is not led astray."""
        return answer in ((self.answer or self.names), *self.equals, *self.accepted)
