"""What everything stands on: files, locks, settings, the process and its log."""
