"""The words for shops: what their systems ask for, and what they made of what they were told."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from zahlmeister.connectors.shops.systems import SYSTEMS

#: What the table of systems says in English, so that it is translated like every other text.
LABELS = (
    gettext_noop("address of the shop"),
    gettext_noop("as in the browser, such as https://shop.example"),
    gettext_noop("access key ID"),
    gettext_noop("of an integration: Settings, System, Integrations"),
    gettext_noop("secret access key"),
    gettext_noop("shown once when the integration is made"),
    gettext_noop("consumer key"),
    gettext_noop("WooCommerce, Settings, Advanced, REST API; with the right to read and write"),
    gettext_noop("consumer secret"),
    gettext_noop("A payment method by hand is known by its name, as it stands in the payment settings of the shop."),
    gettext_noop("the one of Shopify, such as https://wollstube.myshopify.com"),
    gettext_noop("client ID"),
    gettext_noop("of your app in the Dev Dashboard"),
    gettext_noop("client secret"),
    gettext_noop("access token"),
    gettext_noop("instead of both, where the app was made in the shop itself: shpat_…"),
    gettext_noop("Magento 2, Adobe Commerce"),
    gettext_noop("Since 2.4.4 all four keys are needed; before that the access token alone is enough."),
    gettext_noop("of an integration that is activated: System, Integrations"),
    gettext_noop("access token secret"),
    gettext_noop("Files on an SFTP server"),
    gettext_noop("CSV, Excel or JSON. All files that lie there together are the list of open orders."),
    gettext_noop("server"),
    gettext_noop("such as sftp.example.com"),
    gettext_noop("port"),
    gettext_noop("user"),
    gettext_noop("password"),
    gettext_noop("instead of a private key"),
    gettext_noop("private key"),
    gettext_noop("as text, without a passphrase"),
    gettext_noop("fingerprint of the host key"),
    gettext_noop("as ssh shows it, SHA256:…"),
    gettext_noop("folder with the open orders"),
    gettext_noop("folder for answers"),
    gettext_noop("empty where nothing is to be written back"),
    gettext_noop("A file at an address of the web"),
    gettext_noop("CSV, Excel or JSON. The file is the list of open orders; nothing is written back."),
    gettext_noop("address of the file"),
    gettext_noop("such as https://shop.example/export/orders.json"),
    gettext_noop("only where the address wants one"),
    gettext_noop("Files in a folder of this machine"),
    gettext_noop("shop with the payment module"),
    gettext_noop(
        "osCommerce, xt:Commerce, modified, Gambio, OXID, Magento, PrestaShop, JTL or VirtueMart with the module "
        "installed: payment methods and statuses are chosen in the module's own settings."
    ),
    gettext_noop("shop system"),
    gettext_noop("xt:Commerce 4, 5 and 6"),
    gettext_noop("Magento 1 or OpenMage"),
    gettext_noop("subshops"),
    gettext_noop("only where one installation holds several, such as 1,2"),
    gettext_noop("access code"),
    gettext_noop("only if the module has one already"),
    gettext_noop("API key"),
    gettext_noop("address of the module"),
    gettext_noop("only if it is not where it usually is"),
    gettext_noop("without a second encryption"),
    gettext_noop("HTTPS alone protects what is exchanged; needed for VirtueMart"),
    gettext_noop("Shopware 5"),
    gettext_noop("an administrator: Settings, User administration"),
    gettext_noop("of this user, where “enabled for API” is ticked"),
    gettext_noop("secret of the webhook"),
    gettext_noop("only where the shop shall call us when an order changes"),
    gettext_noop("Billbee"),
    gettext_noop("Only orders that have an invoice number are read."),
    gettext_noop("address"),
    gettext_noop("the e-mail address you sign in with"),
    gettext_noop("API password"),
    gettext_noop("Settings, General, Billbee API; not the one you sign in with"),
    gettext_noop("given out by Billbee's support"),
    gettext_noop("easybill"),
    gettext_noop("Every invoice that is not paid is an order."),
    gettext_noop("Settings, REST API"),
    gettext_noop("cancel invoices"),
    gettext_noop("when an order is cancelled here, easybill writes the document that cancels its invoice"),
    gettext_noop("the e-mail address of an administrator, better of one made for this"),
    gettext_noop("Since Gambio GX 3.11, without a module; older shops need the payment module."),
    gettext_noop("App ID of your application at developer.ebay.com"),
    gettext_noop("Cert ID of the same application"),
    gettext_noop("refresh token"),
    gettext_noop("from “Get a User Token” there, with the scopes api_scope and sell.fulfillment; it lasts 18 months"),
    gettext_noop(
        "Only what is paid outside of eBay is open; what eBay collects is paid when it comes in. "
        "Orders are cancelled at eBay."
    ),
    gettext_noop("key of the webservice"),
    gettext_noop("Advanced Parameters, Webservice"),
)


def translated(text: str) -> str:
    """A label or hint of the table of systems in the reader's language."""
    return gettext(text) if text else ""


def system_label(code: str) -> str:
    """The name of a shop system."""
    return translated(SYSTEMS[code].label) if code in SYSTEMS else code


def encryption(told: str, address: str) -> str:
    """How the line to a shop is encrypted; what a system speaks as a rule is not said of an address without HTTPS."""
    if told == "HTTPS" and address.lower().startswith("http://"):
        return _("none: this address is not HTTPS")
    return told


def verdict(word: str) -> str:
    """What a shop was told."""
    return {"PAID": _("paid"), "CANCELLED": _("cancelled")}.get(word, word)


def heard(answer: Mapping[str, Any]) -> str:
    """What a shop made of it; empty when it has not been told."""
    said = {
        "written": _("written in the shop"),
        "already": _("was so in the shop already"),
        "left": _("left alone, because somebody has changed the order there"),
        "unknown": _("the shop does not know the order any more"),
        "nobody": _("not told, because the shop was deregistered"),
        "skipped": _skipped(str(answer.get("why", ""))),
    }
    return said.get(str(answer.get("heard", "")), "")


def _skipped(why: str) -> str:
    reasons = {
        "overtaken": _("not told, because it was not true any more"),
        "gone": _("not told, because the order is gone from the shop"),
        "not_mapped": _("not told, because no status is chosen for it"),
        "moved": _("not told there, because the order has moved to another shop"),
    }
    return reasons.get(why, _("not told"))
