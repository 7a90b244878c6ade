"""A shop with the open-source payment module, played by us over real HTTP, byte for byte as the modules speak."""
