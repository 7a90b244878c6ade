"""Print what was measured."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from benchmarks.matching.case import Case
from benchmarks.matching.contest import Run
from benchmarks.matching.measure import VERDICTS, Report, judge
from zahlmeister.matching.facts import Item, Proposal
from zahlmeister.money.amount import minor_text

Measured = tuple[Run, Report]
#: So many missed payments are shown.
MOST_MISSED = 25


def show_report(run: Run, report: Report, *, details: bool) -> None:
    """The result of one contestant; with details per category, per tag, and how well its confidence holds."""
    print(
        f"\n{run.name}: {run.rate:,.0f} payments/s of CPU, ready in {run.ready_seconds:.1f} s, "
        f"{run.peak_mb:,.0f} MB of which data {run.data_mb:,.0f} MB"
    )
    print(
        f"  {report.payments} payments · wrong automatic {report.total('wrong')} (in part {report.in_part}), "
        f"{wrong_money(report)} · automatic and right {report.total('right')} (beyond the rule {report.beyond}) · "
        f"of {report.assignable.total()} a person could assign: {report.recall:.4f} automatic, "
        f"{report.recall_with_suggestions:.4f} with the right one suggested first"
    )
    if details:
        _show_counts("category", report.counts)
        for dimension in ("payer", "amount", "text", "frame", "umlauts", "name", "money"):
            _show_counts(dimension, {tag: n for tag, n in report.tags.items() if tag.startswith(f"{dimension} ")})
        print("\n  confidence of the best answer against how often it is right; | is where it should be")
        print("\n".join(report.calibration.lines()))


def show_side_by_side(measured: Sequence[Measured]) -> None:
    """Per category what everyone books rightly and wrongly, in percent of the payments seen."""
    print("\nright / wrong, in % of the category's payments\n" + " " * 34, end="")
    print("".join(run.name.rjust(18) for run, _ in measured))
    for category in sorted(measured[0][1].counts):
        cells = "".join(_share(report.counts.get(category, Counter())).rjust(18) for _, report in measured)
        print(category.ljust(34) + cells)
    totals = "".join(_share(_sum(report.counts)).rjust(18) for _, report in measured)
    print("all".ljust(34) + totals)


def show_errors(cases: Sequence[Case], proposals: Sequence[Proposal], items: Mapping[int, Item], most: int) -> None:
    """Wrong bookings with all their clues."""
    wrong = (pair for pair in zip(cases, proposals, strict=True) if judge(*pair) == "wrong")
    for case, proposal in islice(wrong, most):
        show_case(case, proposal, items)


def wrong_money(report: Report) -> str:
    """What was booked to where it does not belong."""
    return (
        " + ".join(f"{minor_text(n, currency)} {currency}" for currency, n in sorted(report.wrong_minor.items()))
        or "no money"
    )


def _show_counts(title: str, counts: Mapping[str, Counter[str]]) -> None:
    if not counts:
        return
    print("\n  " + title.ljust(34) + "payments".rjust(10) + "".join(verdict.rjust(17) for verdict in VERDICTS))
    for category, counter in sorted(counts.items()):
        cells = "".join(str(counter[verdict] or "·").rjust(17) for verdict in VERDICTS)
        print("  " + category.ljust(34) + f"{counter.total():10}" + cells)


def _share(counter: Counter[str]) -> str:
    total = counter.total()
    return f"{counter['right'] / total:.0%} / {counter['wrong'] / total:.1%}" if total else "-"


def _sum(counts: Mapping[str, Counter[str]]) -> Counter[str]:
    return sum(counts.values(), Counter())


def show_case(case: Case, proposal: Proposal, items: Mapping[int, Item]) -> None:
    """A payment, what it is for, and what was found."""
    payment = case.payment
    text = (payment.remittance or "")[:200]
    print(f"\n  {case.category}: {payment.minor} {payment.currency} {payment.payer!r} {text!r} {payment.booked_on}")
    fields = (payment.ultimate_payer, payment.creditor_reference, payment.end_to_end_id, payment.iban)
    print(f"    {fields} {', '.join(case.tags)}")
    for number in sorted(case.answer):
        item = items[number]
        print(f"    truth {_in_short(item)} {item.customer_number} {item.reference} {item.opened_on}")
    print(f"    {proposal.decision} {proposal.reason}")
    for candidate in proposal.candidates[:3]:
        who = [_in_short(share.item) for share in candidate.shares]
        print(f"      {candidate.confidence:.5f} {who} {[(c.kind, round(c.weight, 1)) for c in candidate.clues]}")


def show_missed(cases: Sequence[Case], proposals: Sequence[Proposal], items: Mapping[int, Item], category: str) -> None:
    """What a person could have assigned and the matcher did not, of a category or tag; `all` for any."""
    for case, proposal in islice(_missed(cases, proposals, category), MOST_MISSED):
        show_case(case, proposal, items)


def _missed(cases: Sequence[Case], proposals: Sequence[Proposal], category: str) -> Iterator[tuple[Case, Proposal]]:
    for case, proposal in zip(cases, proposals, strict=True):
        is_meant = category == "all" or any(category in text for text in (case.category, *case.tags))
        if case.is_assignable and is_meant and judge(case, proposal) != "right":
            yield case, proposal


def _in_short(item: Item) -> tuple[str, int, str | None, str | None]:
    return item.number, item.open_minor, item.name, item.company
