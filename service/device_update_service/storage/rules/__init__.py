"""Rules, their versions and packages, test devices, and the catalog snapshot made of them."""
