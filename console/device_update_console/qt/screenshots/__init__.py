"""Pictures of every node, menu and dialog of a running console."""
