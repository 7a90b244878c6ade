"""Shopware 6 by its Admin API, signed in as an integration.

An order has three states, of itself, of its payments and of its deliveries, each moved by named transitions of a state
machine; the newest payment and the first delivery count. Lists are read in the order of a counter that only grows,
from the last one seen, because pages by number lose orders when somebody pays meanwhile.

Source: the Admin API of Shopware 6.4 to 6.7 (developer.shopware.com) and its state machines.
"""
