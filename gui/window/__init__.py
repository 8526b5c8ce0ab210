"""The main window: menus, toolbar, files, layout, closing."""
