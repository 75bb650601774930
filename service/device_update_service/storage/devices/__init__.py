"""Device records: found, listed, searched, changed, and moved from status to status."""
