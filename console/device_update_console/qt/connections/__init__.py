"""The servers of the tree: connecting, certificates, and signing in."""
