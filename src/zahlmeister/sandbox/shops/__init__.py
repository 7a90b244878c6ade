"""Shops played by ourselves, each speaking the API of one system over real HTTP on this machine."""
