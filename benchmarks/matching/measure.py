"""Judge proposals against the truth, and count."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.matching.calibration import Calibration
from benchmarks.matching.case import Answer, Case
from zahlmeister.matching.facts import Candidate, Decision, Proposal

#: right and wrong are booked; the rest waits for a person. "guessed": nothing was to be found, an order is suggested.
VERDICTS = ("right", "wrong", "suggested first", "suggested later", "left", "left rightly", "guessed")

#: A payment of ten thousand million is a test; counted, it would hide everything else.
NOBODYS_MONEY = 10**12


@dataclass(slots=True)
class Report:
    """Counts per category and per tag, recall of what a person could have assigned, wrong money, and calibration."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    tags: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    assignable: Counter[str] = field(default_factory=Counter)
    calibration: Calibration = field(default_factory=Calibration)
    wrong: list[tuple[Case, Proposal]] = field(default_factory=list)
    in_part: int = 0  # of the wrong: only true orders, but not all of them
    beyond: int = 0  # of the right: by the rule nobody could have known
    wrong_minor: Counter[str] = field(default_factory=Counter)  # by currency

    def add(self, case: Case, proposal: Proposal) -> None:
        verdict = judge(case, proposal)
        self.counts[case.category][verdict] += 1
        for tag in case.tags:
            self.tags[tag][verdict] += 1
        if case.is_assignable:
            self.assignable[verdict] += 1
        elif verdict == "right":
            self.beyond += 1
        if verdict == "wrong":
            self._add_wrong(case, proposal)
        if proposal.candidates:
            best = proposal.candidates[0]
            is_true = case.may_be_booked(answer_of(best)) or answer_of(best) == (case.answer or case.names)
            is_booked = proposal.decision is Decision.ASSIGNED
            self.calibration.add(best.confidence, is_true=is_true, is_booked=is_booked, is_wrong=verdict == "wrong")

    def total(self, verdict: str) -> int:
        return sum(counter[verdict] for counter in self.counts.values())

    @property
    def payments(self) -> int:
        return sum(counter.total() for counter in self.counts.values())

    @property
    def recall(self) -> float:
        """Right and automatic, of the payments a person could have assigned."""
        return self.assignable["right"] / max(self.assignable.total(), 1)

    @property
    def recall_with_suggestions(self) -> float:
        return (self.assignable["right"] + self.assignable["suggested first"]) / max(self.assignable.total(), 1)

    def recall_of(self, prefix: str) -> tuple[int, int]:
        """How many are booked rightly, of how many, in the categories that begin so."""
        chosen = [counter for category, counter in self.counts.items() if category.startswith(prefix)]
        return sum(counter["right"] for counter in chosen), sum(counter.total() for counter in chosen)

    def _add_wrong(self, case: Case, proposal: Proposal) -> None:
        self.wrong.append((case, proposal))
        best = proposal.candidates[0]
        self.in_part += answer_of(best) < case.answer
        rightly = sum(share.minor for share in best.shares if share.item.id in case.answer)
        if case.payment.minor < NOBODYS_MONEY:
            self.wrong_minor[case.payment.currency] += case.payment.minor - rightly


def judge(case: Case, proposal: Proposal) -> str:
    """What a proposal is worth, given the truth."""
    answers = [answer_of(candidate) for candidate in proposal.candidates]
    if proposal.decision is Decision.ASSIGNED:
        return "right" if case.may_be_booked(answers[0]) else "wrong"
    if not case.answer:
        is_idle = proposal.decision is Decision.SUGGESTED and not case.may_be_suggested(answers[0])
        return "guessed" if is_idle else "left rightly"
    if proposal.decision is Decision.SUGGESTED and any(map(case.may_be_suggested, answers)):
        return "suggested first" if case.may_be_suggested(answers[0]) else "suggested later"
    return "left"


def answer_of(candidate: Candidate) -> Answer:
    return frozenset(share.item.id for share in candidate.shares)


def judge_all(cases: Sequence[Case], proposals: Sequence[Proposal], report: Report | None = None) -> Report:
    """Judge proposals, and add them to a report if there is one already."""
    report = report or Report()
    for case, proposal in zip(cases, proposals, strict=True):
        report.add(case, proposal)
    return report
