"""A run at a glance, for Jupyter: one row for each category over the whole place, in the words of the report."""

from __future__ import annotations

import pandas as pd

from cfc_gis import locale, notebook
from cfc_gis.report.words import Words


def table(gaps: pd.DataFrame, season: str, *, title: str) -> str:
    """Return the judgements of the whole place as HTML.

    Parameters
    ----------
    gaps
        :data:`cfc_gis.schema.GAPS`.
    season
        ``summer`` or ``winter``.
    title
        What stands above; escaped here.
    """
    words = Words(locale.LANGS)
    city = gaps[(gaps["level"] == "city") & gaps["profile"].str.endswith(f".{season}")]
    rows = []
    for gap in city.to_dict("records"):
        within = words.proven({str(name): value for name, value in gap.items()})
        keys = [] if pd.isna(gap["settled_by"]) else str(gap["settled_by"]).split(";")
        rows.append((
            notebook.both(f"category.{gap['category']}"),
            " / ".join(said.unescape() for said in words.people(gap["children"]).values()),
            "–" if within is None else next(iter(within.values())).unescape(),
            notebook.both(f"judgement.{gap['judgement']}"),
            "; ".join(notebook.both(f"settle.{key}") for key in keys if key),
        ))  # fmt: skip
    head = [notebook.both(f"notebook.{name}") for name in ("category", "children", "within", "judgement", "settle")]
    return notebook.table(rows, head=head, title=title, notes=notebook.both("notebook.next_result"))
