"""Data that ships with the product: the sample configuration, the systemd unit, and definitions of sample packages."""
