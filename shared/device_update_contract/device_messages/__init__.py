"""The XML that devices and the service exchange (contract sections 3.2 to 3.4)."""
