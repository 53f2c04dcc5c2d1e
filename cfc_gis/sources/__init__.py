"""Readers: each turns one kind of input into checked tables and says where they came from."""
