"""`zahlmeister connect-erp` and `zahlmeister erp-documents`: ERPs connected, and what they sent and was refused."""

from collections.abc import Iterable

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever

#: Settings that hold several words.
_SEVERAL = ("terms", "journals")
_WAY = click.Choice(["program", "folder", "sftp", "tryton", "odoo"])


@click.command("connect-erp")
@click.argument("name")
@click.option("--merchant", help="Which merchant; not needed when there is only one.")
@click.option("--way", type=_WAY, default="program", show_default=True, help="How its documents come.")
@click.option("--layout", default="table", show_default=True, help="How its files are written: table, xml, belege, …")
@click.option("--setting", "settings", multiple=True, help="name=value: folder, outbox, host, user, address, terms …")
@click.option("--webhook", default="", help="Where it is called when something becomes of an order.")
@click.option("--password", default="", help="Of its server; kept sealed.")
def connect_erp(name: str, merchant: str | None, way: str, layout: str, **told: str | tuple[str, ...]) -> None:
    """Connect an ERP that sends invoices, shipments, returns and credit notes of purchases on invoice.

    A program gets a key for the API, which is shown this once, and so is the key that its webhooks are signed with.
    """
    open_house()
    from zahlmeister.erps.states import Way
    from zahlmeister.flows.erps.connect_erp import WantedErp, connect
    from zahlmeister.flows.let_program_in import let_program_in
    from zahlmeister.refusals import Refusal

    owner = the_merchant(merchant)
    settings = _settings(told["settings"])
    secret = {"password": str(told["password"])} if told["password"] else {}
    wanted = WantedErp(name, Way(way), layout, str(told["webhook"]), settings, secret)
    try:
        erp, signing = connect(owner, wanted, by=whoever(), at=now())
        key = let_program_in(owner, name, by=whoever(), at=now(), may_purchase=True) if way == "program" else ""
    except Refusal as why:
        raise click.ClickException(str(why)) from why
    click.echo(f"“{erp.name}” is connected: {erp.get_way_display()}.")
    if key:
        click.echo(f"Its key for the API, shown this once: {key}")
    if erp.address:
        click.echo(f"Its webhooks are signed with, shown this once: {signing}")


def _settings(told: Iterable[str]) -> dict[str, str | list[str]]:
    """What was told of it; those that may be several are parted by commas."""
    settings: dict[str, str | list[str]] = {}
    for one in told:
        name, parted, value = one.partition("=")
        if not parted:
            raise click.BadParameter(f"“{one}” is not of the form name=value.", param_hint="--setting")
        several = [each.strip() for each in value.split(",") if each.strip()]
        settings[name.strip()] = several if name.strip() in _SEVERAL else value.strip()
    return settings


@click.command("erp-documents")
@click.option("--merchant", help="Which merchant; not needed when there is only one.")
@click.option("--replay", is_flag=True, help="Try everything anew that was refused.")
def erp_documents(merchant: str | None, *, replay: bool) -> None:
    """Show what ERPs have sent and was refused, each with the reason."""
    open_house()
    from zahlmeister.erps.queries import receipts
    from zahlmeister.flows.erps.receive_document import replay as try_anew
    from zahlmeister.refusals import Refusal

    owner = the_merchant(merchant)
    for receipt in receipts(owner.pk, refused=True).reverse():
        why = receipt.why
        if replay and receipt.content:
            try:
                why = try_anew(owner.pk, receipt.pk, by=whoever(), at=now()) or "taken now"
            except Refusal as still:
                why = str(still)
        click.echo(f"{receipt.came_at:%Y-%m-%d %H:%M}  {receipt} ({receipt.origin}): {why}")
