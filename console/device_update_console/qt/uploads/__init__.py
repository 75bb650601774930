"""Upload Updates: the wizard, dropped packages, and entering a manifest."""
