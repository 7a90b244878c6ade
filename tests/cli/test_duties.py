"""Which work a worker does: everything, or some duties only; and nothing that is due is nobody's duty."""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from click.testing import CliRunner, Result
from tests.stage import Paid, camt

from zahlmeister import flows
from zahlmeister.cli.duties import Duty, turns_of
from zahlmeister.cli.main import main
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Payment

BY = "brigitte@wollstube.example"


def run(*command: str) -> Result:
    return CliRunner().invoke(main, command)


def waiting_turns() -> dict[str, Callable[..., object]]:
    """Every function of the flows that takes a turn: it is called …_next, and is given nothing but a clock."""
    names = [each.name for each in walk_packages(flows.__path__, "zahlmeister.flows.") if "__main__" not in each.name]
    made = [each for name in names for each in vars(import_module(name)).values() if inspect.isfunction(each)]
    turns = {each for each in made if each.__name__.endswith("_next") and not each.__name__.startswith("_")}
    return {f"{turn.__module__}.{turn.__name__}": turn for turn in turns if _is_turn(turn)}


def _is_turn(function: Callable[..., object]) -> bool:
    return list(inspect.signature(function).parameters) == ["clock"]


def test_whatever_becomes_due_is_exactly_one_duty() -> None:
    taken = [take for duty in Duty for take, _rest in turns_of({duty})]
    assert len(taken) == len(set(taken))
    assert not {name for name, turn in waiting_turns().items() if turn not in taken}


@pytest.mark.parametrize("duty", Duty)
def test_each_duty_has_its_turns(duty: Duty) -> None:
    assert turns_of({duty})


def test_a_worker_without_the_bank_leaves_statements_to_another(merchant: Merchant, tmp_path: Path) -> None:
    path = tmp_path / "november.xml"
    path.write_bytes(camt([Paid(2498, "100012345")], number=1))
    with path.open("rb") as file:
        hand_in_statement(merchant, file, path.name, by=BY, at=merchant.created_at)

    assert run("worker", "--once", "--without", "bank").exit_code == 0
    assert run("worker", "--once", "--only", "tell", "--only", "ask").exit_code == 0
    assert not Payment.objects.exists()

    assert run("worker", "--once", "--only", "bank").exit_code == 0
    assert Payment.objects.count() == 1


def test_only_and_without_are_not_given_together(db: None) -> None:
    done = run("worker", "--once", "--only", "bank", "--without", "tell")
    assert done.exit_code == 2
    assert "exclude each other" in done.stderr
