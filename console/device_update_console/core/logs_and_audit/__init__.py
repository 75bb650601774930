"""Device logs, read and saved in pieces, and the audit trail: what was changed, and whether it is whole."""
