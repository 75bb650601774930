"""Small files on this computer: written whole or not at all, and shared with other programs."""
