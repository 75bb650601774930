"""Virtual devices that speak only the contract: one device, or a fleet."""
