"""Data that ships with the product: icons, help pages, sample packages, the systemd unit."""
