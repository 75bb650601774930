"""Reading device logs, and verifying the audit trail."""
