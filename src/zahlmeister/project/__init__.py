"""Settings, addresses and servers: how the house is put together."""
