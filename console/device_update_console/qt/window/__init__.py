"""The window around its lists: frame, menus, panes, scope tree, and the windows of one console."""
