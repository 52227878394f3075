"""Where a model can come from: the hub, packages of the registry, an address, a file, other programs on this disk; how it is fetched and kept."""
