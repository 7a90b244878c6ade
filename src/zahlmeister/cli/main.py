"""The command `zahlmeister`: one door for a person at a terminal.

A command's module is imported when it is called and not before, so that looking at a file starts at once and needs
neither Django nor a database.
"""

import importlib
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Door:
    """A command that is imported when it is called: where it is, and what the overview says of it."""

    place: str  # module:function
    summary: str


COMMANDS = {
    "read": Door("zahlmeister.cli.read:read", "Show what bank statements say."),
    "match": Door("zahlmeister.cli.match:match", "Show which payment pays which order, from files alone."),
    "demo": Door("zahlmeister.cli.demo:demo", "Load a demo merchant and open the office."),
    "serve": Door("zahlmeister.cli.serve:serve", "Serve the office, with a worker beside it."),
    "worker": Door("zahlmeister.cli.worker:worker", "Fetch statements, and read them as they come."),
    "import-orders": Door(
        "zahlmeister.cli.import_orders:import_orders", "Import orders from CSV, Excel or JSON files."
    ),
    "import-statement": Door(
        "zahlmeister.cli.import_statement:import_statement", "Import bank statements and settle them."
    ),
    "connect-folder": Door("zahlmeister.cli.connect_folder:connect_folder", "Watch a folder for bank statements."),
    "connect-erp": Door("zahlmeister.cli.connect_erp:connect_erp", "Connect an ERP: its files, Tryton, its webhook."),
    "erp-documents": Door("zahlmeister.cli.connect_erp:erp_documents", "Show what ERPs sent and was refused."),
    "simulate-purchase": Door(
        "zahlmeister.cli.simulate_purchase:simulate_purchase", "Play a year of purchases on invoice, and compare."
    ),
    "program-key": Door("zahlmeister.cli.program_key:program_key", "Let a merchant's own program hand in orders."),
    "api-key": Door("zahlmeister.cli.api_key:api_key", "Let a program use the interface, with the rights it needs."),
    "openapi": Door("zahlmeister.cli.api_key:openapi", "Print the description of the interface for programs."),
    "migrate": Door("zahlmeister.cli.manage:migrate", "Make the tables, or bring them up to date."),
    "new-merchant": Door("zahlmeister.cli.manage:new_merchant", "Take in a merchant and their first person."),
    "set-password": Door("zahlmeister.cli.manage:set_password", "Give a person another password."),
    "take-factor": Door("zahlmeister.cli.manage:take_factor", "Take away a second factor that somebody has lost."),
    "verify-merchant": Door("zahlmeister.cli.operate:verify_merchant", "Say whether a merchant is verified."),
    "operator": Door("zahlmeister.cli.operate:operator", "Say which merchant runs the installation."),
    "mandate": Door("zahlmeister.cli.operate:mandate", "Keep a mandate that a merchant has signed for the operator."),
    "plan": Door("zahlmeister.cli.plan:plan", "Say what a plan costs, and which merchants have it."),
    "replay": Door("zahlmeister.cli.replay:replay", "Show what today's matcher would have decided otherwise."),
    "replay-credit": Door(
        "zahlmeister.cli.replay_credit:replay_credit", "Show what other rules for invoices would have decided."
    ),
    "export-books": Door(
        "zahlmeister.cli.export_books:export_books",
        "Write what the bookkeeper was not given yet, as files for his program.",
    ),
    "deliver-books": Door("zahlmeister.cli.deliver_books:deliver_books", "Say where the bookkeeper's files go."),
    "export-audit": Door("zahlmeister.cli.export_audit:export_audit", "Write every table for a tax audit."),
    "records": Door("zahlmeister.cli.records:records", "Write the procedure, give a person's data, or forget the old."),
    "close-month": Door("zahlmeister.cli.close_month:close_month", "Seal a month that is over, or verify the sealed."),
    "settings": Door("zahlmeister.cli.settings:settings", "Export, import or describe a merchant's settings."),
    "update-rates": Door("zahlmeister.cli.update_rates:update_rates", "Keep new base rates for default interest."),
    "sandbox-bank": Door("zahlmeister.cli.sandbox_bank:sandbox_bank", "A bank for tests, with a clock to be moved."),
    "check": Door("zahlmeister.project.check:check", "Say what is wrong with the settings and with what runs."),
    "backup": Door("zahlmeister.project.back_up:backup", "Copy the whole installation while it works."),
    "prove-backup": Door("zahlmeister.project.back_up:prove_backup", "Put a copy back elsewhere and check its books."),
    "restore": Door("zahlmeister.project.back_up:restore", "Put a copy back where nothing is yet."),
    "send-again": Door("zahlmeister.cli.send_again:send_again", "Let a house that was put back send again."),
    "move-database": Door("zahlmeister.project.move:move_database", "Move from the embedded database to PostgreSQL."),
    "grants": Door("zahlmeister.project.grants:grants", "Print what a database role of offices and workers may do."),
    "cells": Door("zahlmeister.cli.cells:cells", "Say which databases merchants live in, or add one."),
    "move-merchant": Door("zahlmeister.cli.cells:move_merchant", "Move a merchant to another database while he works."),
    "rotate-key": Door("zahlmeister.cli.rotate_key:rotate_key", "Seal everything with another secret."),
    "seal-files": Door("zahlmeister.cli.seal_files:seal_files", "Seal files that were not, or try to open them all."),
    "check-books": Door("zahlmeister.cli.manage:check_books", "Derive every balance anew and verify the history."),
}


class Doors(click.Group):
    """A group whose commands are imported one by one, when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        door = COMMANDS.get(cmd_name)
        if door is None:
            return None
        module, _, function = door.place.partition(":")
        command = getattr(importlib.import_module(module), function)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing a single command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, door.summary) for name, door in COMMANDS.items()])


@click.command(cls=Doors)
@click.version_option(package_name="zahlmeister")
def main() -> None:
    """Zahlmeister finds out which payment is for which order, and keeps the books of it."""
