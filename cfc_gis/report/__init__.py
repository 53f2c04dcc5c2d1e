"""The bilingual HTML report."""
