"""One synchronous function per verb: takes values and ``now``, works inside the store's transaction."""
