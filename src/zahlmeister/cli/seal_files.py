"""`zahlmeister seal-files`: files from before there was a seal, or all of them tried."""

import click

from zahlmeister.cli.house import open_house


@click.command("seal-files")
@click.option("--check", "only_checks", is_flag=True, help="Change nothing; read every file to its end.")
def seal_files(*, only_checks: bool) -> None:
    """Seal every file of the installation that is not sealed with its newest secret.

    It can be stopped and done again at any time, while everything goes on.
    """
    open_house()
    from zahlmeister.flows.seal_files import files_anew, files_proven

    faults: list[str] = []
    if only_checks:
        count = files_proven(faults.append)
        click.echo(f"{count - len(faults)} files open.")
    else:
        found = files_anew(is_tried=False)
        faults = found.lost
        click.echo(f"{found.sealed} files were sealed.")
    if faults:
        raise click.ClickException("\n".join(faults))
