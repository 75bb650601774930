"""What stops devices from finding or using the service, as an administrator reads it (contract section 6, `doctor`).

A client of the service's own listeners and of its host: it imports nothing of the web layer.
"""
