"""What `cfc.access` offers by name: all of it, at no cost before it is used."""

from __future__ import annotations

import ast
import doctest
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cfc_gis as cfc

DOCTEST_FLAGS = doctest.NORMALIZE_WHITESPACE
PACKAGE = Path(cfc.__file__).parent
NAMES = [
    "balanced", "catchment_demand", "cumulative", "cumulative_interval", "decay", "enhanced_two_step", "gravity",
    "group_mean", "overall_score", "restrict", "score_weights", "service_ratio", "soft_score", "spatial_availability",
    "three_step", "two_step", "unreached",
]  # fmt: skip


def test_the_public_names() -> None:
    assert dir(cfc.access) == sorted(cfc.access.__all__) == NAMES
    assert "access" in dir(cfc)
    for name in NAMES:
        assert getattr(cfc.access, name).__doc__
    with pytest.raises(AttributeError, match="thre_step"):
        _ = cfc.access.thre_step


def test_the_public_face_of_the_package() -> None:
    assert dir(cfc) == [
        "CfcError", "Choices", "Profile", "Progress", "ProjectLibrary", "Result", "Scenario", "Standard", "Study",
        "WalkNetwork", "__version__", "access", "edits", "scenario", "siting", "worded",
    ]  # fmt: skip
    assert all(getattr(cfc, name) is not None for name in dir(cfc))


def test_no_name_is_hidden_by_a_module() -> None:
    # importing cfc_gis.access.x sets the attribute x of the package: a function of that name would be lost
    modules = {path.stem for path in (PACKAGE / "access").glob("*.py")}
    assert modules & set(NAMES) == {"decay"}


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((PACKAGE / "access" / "__init__.py").read_text(encoding="utf-8"))
    seen = [alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(name for name in seen if name) == NAMES


def test_naming_the_package_imports_nothing_heavy() -> None:
    code = "import sys, cfc_gis; cfc_gis.access; print(*sorted({'pandas', 'geopandas', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_two_step_from_the_door() -> None:
    travel = pd.DataFrame({"origin_id": ["a"], "facility_id": ["s"], "minutes": [8.0]})
    assert cfc.access.two_step(travel, pd.Series({"a": 20}), pd.Series({"s": 30}), 10).to_dict() == {"a": 1.5}
    assert repr(cfc.access.decay.gaussian(10)) == "gaussian(sigma=10)"


def test_the_worked_example_in_the_docs() -> None:
    page = PACKAGE.parent / "docs" / "measures.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8", optionflags=DOCTEST_FLAGS)
    assert (failed, tried) == (0, 12)
