"""The `device-update` command: a front end over the console's core, without Qt (contract section 6)."""
