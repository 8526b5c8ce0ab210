"""The core's tests run without Qt; see `tests.support.without_qt`."""
