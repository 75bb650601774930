"""The window: it renders what `device_update_console.core` decides, and is the only part that imports PySide6."""
