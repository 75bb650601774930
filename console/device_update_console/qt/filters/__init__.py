"""The filter bar, saved filters, and finding a device."""
