"""Every kind of shop that can be connected.

One row per system. A new one is a row here or in a table named here, and a module that keeps
`connectors.shops.contract`.
"""

from zahlmeister.connectors.shops.api_systems import API_SYSTEMS
from zahlmeister.connectors.shops.module.profiles import PROFILES
from zahlmeister.connectors.shops.system import ADDRESS, Defaults, Field, Introduced, System

__all__ = ["ADDRESS", "SYSTEMS", "Defaults", "Field", "Introduced", "System"]

_MODULE = System(
    "module",
    "shop with the payment module",
    "zahlmeister.connectors.shops.module.shop:open_module",
    (
        Field("module", "shop system", choices=tuple((one.name, one.label) for one in PROFILES.values())),
        ADDRESS,
        Field("subshops", "subshops", "only where one installation holds several, such as 1,2", is_needed=False),
        Field("access_code", "access code", "only if the module has one already", is_secret=True, is_needed=False),
        Field("api_key", "API key", "only if the module has one already", is_secret=True, is_needed=False),
        Field("path", "address of the module", "only if it is not where it usually is", is_needed=False),
        Field(
            "allow_plain",
            "without a second encryption",
            "HTTPS alone protects what is exchanged; needed for VirtueMart",
            is_needed=False,
            is_switch=True,
        ),
    ),
    introducer="zahlmeister.connectors.shops.module.handshake:introduce_module",
    keeps_mapping=True,
    codes=("access_code", "api_key"),
    hint="osCommerce, xt:Commerce, modified, Gambio, OXID, Magento, PrestaShop, JTL or VirtueMart with the module "
    "installed: payment methods and statuses are chosen in the module's own settings.",
)

_ALL: tuple[System, ...] = (*API_SYSTEMS, _MODULE)

#: By code; the order is that of the list a merchant chooses from.
SYSTEMS: dict[str, System] = {system.code: system for system in _ALL}
