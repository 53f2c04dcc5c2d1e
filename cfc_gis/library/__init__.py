"""The project library (项目库): projects, their stages and history, the three lists, and what proves them.

Python face of ``cfc projects``: :class:`ProjectLibrary`. Tables only; nothing here knows how a study is run.
"""

from __future__ import annotations

from cfc_gis.library.evidence import gain_of, gap_of, run_of
from cfc_gis.library.project import Project
from cfc_gis.library.store import DEFAULT, ProjectLibrary

__all__ = ["DEFAULT", "Project", "ProjectLibrary", "gain_of", "gap_of", "run_of"]
