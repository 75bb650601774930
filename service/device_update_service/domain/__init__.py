"""Pure rules of the product: no clock, no I/O, no randomness; `now` is always given by the caller."""
