"""Judge proposals against the truth, count, and print."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.matching.case import Case
from zahlmeister.matching.facts import Candidate, Decision, Proposal

VERDICTS = ("right", "wrong", "suggested first", "suggested later", "left", "left rightly", "guessed")


@dataclass(slots=True)
class Report:
    """Counts per category and verdict, recall of what a person could have assigned, and the calibration."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    assignable: Counter[str] = field(default_factory=Counter)
    calibration: dict[float, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    wrong: list[tuple[Case, Proposal]] = field(default_factory=list)

    def add(self, case: Case, proposal: Proposal) -> None:
        verdict = judge(case, proposal)
        self.counts[case.category][verdict] += 1
        if case.is_assignable:
            self.assignable[verdict] += 1
        if verdict == "wrong":
            self.wrong.append((case, proposal))
        if proposal.candidates:
            best = proposal.candidates[0]
            bucket = self.calibration[_bucket(best.confidence)]
            bucket[0] += 1
            bucket[1] += answer_of(best) == (case.answer or case.names)

    def total(self, verdict: str) -> int:
        return sum(counter[verdict] for counter in self.counts.values())

    @property
    def recall(self) -> float:
        """Right and automatic, of the payments a person could have assigned."""
        return self.assignable["right"] / max(self.assignable.total(), 1)

    @property
    def recall_with_suggestions(self) -> float:
        return (self.assignable["right"] + self.assignable["suggested first"]) / max(self.assignable.total(), 1)

    def print(self, title: str, *, details: bool = True) -> None:
        total = sum(counter.total() for counter in self.counts.values())
        print(f"\n{title}")
        print(
            f"  {total} payments · wrong automatic {self.total('wrong')} · automatic and right "
            f"{self.total('right')} · of {self.assignable.total()} a person could assign: {self.recall:.4f} automatic, "
            f"{self.recall_with_suggestions:.4f} with the right one suggested first"
        )
        if not details:
            return
        print("  " + "category".ljust(34) + "".join(verdict.rjust(17) for verdict in VERDICTS))
        for category, counter in sorted(self.counts.items()):
            print("  " + category.ljust(34) + "".join(str(counter[verdict]).rjust(17) for verdict in VERDICTS))

    def print_calibration(self) -> None:
        print("\n  confidence of the best candidate → how often it is right")
        for bucket, (count, right) in sorted(self.calibration.items()):
            print(f"    from {bucket:<8} {count:>7} {right / count:.4f}")


def judge(case: Case, proposal: Proposal) -> str:
    """What a proposal is worth, given the truth."""
    answers = [answer_of(candidate) for candidate in proposal.candidates]
    if proposal.decision is Decision.ASSIGNED:
        return "right" if answers[0] == case.answer else "wrong"
    if not case.answer:
        is_idle = proposal.decision is Decision.SUGGESTED and not case.may_be_suggested(answers[0])
        return "guessed" if is_idle else "left rightly"
    if proposal.decision is Decision.SUGGESTED and any(map(case.may_be_suggested, answers)):
        return "suggested first" if case.may_be_suggested(answers[0]) else "suggested later"
    return "left"


def answer_of(candidate: Candidate) -> frozenset[int]:
    return frozenset(share.item.id for share in candidate.shares)


def _bucket(confidence: float) -> float:
    edges = (0.0, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
    return max(edge for edge in edges if edge <= confidence)


def judge_all(cases: Sequence[Case], proposals: Sequence[Proposal]) -> Report:
    report = Report()
    for case, proposal in zip(cases, proposals, strict=True):
        report.add(case, proposal)
    return report
