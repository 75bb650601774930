"""Who may do what: NT hashes and the key that guards them, guessing, tokens, roles and permissions."""
