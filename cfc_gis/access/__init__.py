"""Access measures: how far, to which facility, for how many children."""
