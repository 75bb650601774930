"""The administration API: routes from the contract's table, handlers, problems, uploads, event streams."""
