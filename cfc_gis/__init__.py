"""Walking access for children, district gaps and map reports for child-friendly city planning."""

__version__ = "0.1.0"
