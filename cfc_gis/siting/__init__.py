"""Where to build."""
