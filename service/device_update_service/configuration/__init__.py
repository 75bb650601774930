"""What an operator of the host sets before the start: TOML file, environment, command line (contract section 7)."""
