"""python -m benchmarks.matching --orders 10000 --payments 6000 --seed 1 [--clean 0.38] [--style mixed] [--peers]"""

import argparse
import gc
import resource
import time
from random import Random

from benchmarks.matching.case import Case
from benchmarks.matching.measure import Report, answer_of, judge_all
from benchmarks.matching.orders import STYLES, world
from benchmarks.matching.payments import Teller
from benchmarks.matching.peers import PEERS
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Item, Policy, Proposal
from zahlmeister.matching.store import MemoryStore

BATCH = 1_000


def main() -> None:
    options = _options()
    items, cases = _invent(options)
    print(
        f"{len(items)} orders, {len(cases)} payments, seed {options.seed}, style {options.style}, clean {options.clean}"
    )
    run = _ours(items, cases)
    if options.errors:
        _print_errors(run, items, options.errors)
    if options.missed:
        _print_missed(run, items, options.missed)
    if options.peers:
        _measure_peers(items, cases)


def _measure_peers(items: list[Item], cases: list[Case]) -> None:
    for title, peer, most in PEERS:
        chosen = cases[:most]
        start = time.process_time()
        proposals = peer(items, [case.payment for case in chosen])
        spent = time.process_time() - start
        judge_all(chosen, proposals).print(f"{title}: {len(chosen) / spent:,.0f} payments/s of CPU", details=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--payments", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean", type=float, default=0.0, help="share of payments without any deviation on top")
    parser.add_argument("--style", choices=("mixed", *STYLES), default="mixed")
    parser.add_argument("--density", type=float, default=0.35)
    parser.add_argument("--references", type=float, default=0.0, help="share of orders with our own reference")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--errors", type=int, default=0, help="print so many wrong assignments")
    parser.add_argument("--missed", default="", help="print the missed payments of a category")
    return parser.parse_args()


def _invent(options: argparse.Namespace) -> tuple[list[Item], list[Case]]:
    random = Random(options.seed)
    merchant = world(
        random, options.orders, style=options.style, density=options.density, references=options.references
    )
    cases = Teller(random, merchant, clean=options.clean).cases(options.payments)
    return [order.item for order in merchant.open], cases


def _ours(items: list[Item], cases: list[Case]) -> "Run":
    start = time.perf_counter()
    gc.disable()
    store = MemoryStore(items)
    built = time.perf_counter()
    matcher = Matcher(store, Policy(), store.population())
    proposals: list[Proposal] = []
    gc.freeze()
    gc.enable()
    begin = time.process_time()
    for first in range(0, len(cases), BATCH):
        proposals += matcher.propose([case.payment for case in cases[first : first + BATCH]])
    spent = time.process_time() - begin
    report = judge_all(cases, proposals)
    report.print(f"Zahlmeister: {len(cases) / spent:,.0f} payments/s of CPU, keys written in {built - start:.1f} s, "
                 f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")  # fmt: skip
    report.print_calibration()
    return Run(report, proposals, cases)


class Run:
    """What was measured, kept for a closer look."""

    def __init__(self, report: Report, proposals: list[Proposal], cases: list[Case]) -> None:
        self.report, self.proposals, self.cases = report, proposals, cases


def _print_errors(run: Run, items: list[Item], most: int) -> None:
    for case, proposal in run.report.wrong[:most]:
        _print_case(case, proposal, items)


def _print_missed(run: Run, items: list[Item], category: str) -> None:
    shown = 0
    for case, proposal in zip(run.cases, run.proposals, strict=True):
        right = bool(proposal.candidates) and answer_of(proposal.candidates[0]) == case.answer
        is_missed = case.is_assignable and not (proposal.decision == "assigned" and right)
        if is_missed and case.category.startswith(category.replace("all", "")) and shown < 25:
            _print_case(case, proposal, items)
            shown += 1


def _print_case(case: Case, proposal: Proposal, items: list[Item]) -> None:
    payment = case.payment
    print(f"\n  {case.category}: {payment.minor} {payment.payer!r} {payment.remittance!r} {payment.booked_on}")
    for number in case.answer:
        item = items[number]
        customer = f"{item.name!r} {item.company!r} {item.customer_number}"
        print(f"    truth {item.number} {item.open_minor} {customer} {item.opened_on}")
    print(f"    {proposal.decision} {proposal.reason}")
    for candidate in proposal.candidates[:3]:
        who = [(s.item.number, s.item.open_minor, s.item.name, s.item.company) for s in candidate.shares]
        print(f"      {candidate.confidence:.5f} {who} {[(c.kind, round(c.weight, 1)) for c in candidate.clues]}")


if __name__ == "__main__":
    main()
