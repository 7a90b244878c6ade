"""Shops that have the open-source payment module installed: the service's side of the module's wire protocol."""
