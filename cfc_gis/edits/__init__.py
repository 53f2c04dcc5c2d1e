"""Frozen changes to the inputs of a study, and applying them: never in place."""
