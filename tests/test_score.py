"""The score: values by hand, what it says of the unknown, and that it speaks of the place alone."""

from __future__ import annotations

import math
import tomllib
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import standards
from cfc_gis.access.score import overall_score, score_weights, soft_score
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError
from tests.travel_tables import TRIED

WAYS = pd.Series({"door": 0.0, "standard": 500.0, "twice": 1000.0, "nowhere": np.nan})


def test_soft_score_by_hand() -> None:
    score = soft_score(WAYS, 500)
    assert score["door"] == pytest.approx(100 / (1 + math.exp(-5)))
    assert score["standard"] == 50.0
    assert score["twice"] == pytest.approx(100 / (1 + math.exp(5)))
    assert score["nowhere"] == 0.0
    assert soft_score(WAYS, 500, k=2)["twice"] == pytest.approx(100 / (1 + math.exp(2)))


def test_no_data_is_no_score() -> None:
    known = pd.Series({"door": True, "standard": False, "twice": True, "nowhere": False})
    assert soft_score(WAYS, 500, known=known).isna().to_dict() == (~known).to_dict()
    with pytest.raises(UserError, match="known and way do not speak of the same places"):
        soft_score(WAYS, 500, known=known.iloc[::-1])


def test_faulty_ways_and_parameters_are_refused() -> None:
    with pytest.raises(TableFault, match=r"way.*negative in 1 row\(s\), first at a"):
        soft_score(pd.Series({"a": -1.0}), 500)
    for faulty in ({"threshold": 0}, {"threshold": 500, "k": -1}):
        with pytest.raises(UserError, match="wanted"):
            soft_score(WAYS, **faulty)


@TRIED
@given(ways=st.lists(st.floats(0, 1e6), min_size=1, max_size=9), times=st.sampled_from([1 / 60, 60, 1000]))
def test_a_score_speaks_of_its_place_alone(ways: list[float], times: float) -> None:
    together = soft_score(pd.Series(ways), 500)
    alone = [soft_score(pd.Series([way]), 500).iloc[0] for way in ways]
    assert together.tolist() == alone
    assert together.between(0, 100).all()
    # the unit is of no matter, and a longer way never scores more
    assert soft_score(pd.Series(ways) * times, 500 * times).tolist() == pytest.approx(alone, abs=1e-9)
    assert (np.diff(soft_score(pd.Series(sorted(ways)), 500)) <= 0).all()


def test_overall_by_hand() -> None:
    scores = pd.DataFrame(
        {"play": [80.0, np.nan, np.nan, 0.0], "park": [40.0, 60.0, np.nan, 0.0], "sport": [60.0, np.nan, np.nan, 0.0]},
        index=["a", "b", "c", "d"],
    )
    # 2 : 1 : 1
    overall = overall_score(scores, {"play": 2.0, "park": 1.0, "sport": 1.0, "culture": 9.0})
    assert overall["score"].tolist() == pytest.approx([(160 + 40 + 60) / 4, 60, np.nan, 0], nan_ok=True)
    assert overall["categories"].tolist() == [3, 1, 0, 3]
    assert overall["weight_known"].tolist() == [1, 0.25, 0, 1]
    # weight 0 leaves a category out, and it is not counted
    assert overall_score(scores, {"play": 0, "park": 5, "sport": 0})["score"].tolist()[:2] == [40, 60]
    assert overall_score(scores, {"play": 0, "park": 5, "sport": 0})["categories"].tolist() == [1, 1, 0, 1]


def test_faulty_weights_and_scores_are_refused() -> None:
    scores = pd.DataFrame({"play": [80.0], "park": [40.0]})
    with pytest.raises(ChoiceUnknown, match="play"):
        overall_score(scores, {"park": 1})
    with pytest.raises(ChoiceUnknown, match="kindergarten"):
        overall_score(scores.rename(columns={"play": "plya"}))
    for faulty in ({"play": -1, "park": 2}, {"play": 0, "park": 0}, {"play": np.inf, "park": 1}):
        with pytest.raises(UserError, match="w >= 0, sum > 0"):
            overall_score(scores, faulty)
    with pytest.raises(TableFault, match="park"):
        overall_score(pd.DataFrame({"park": [-1.0]}))
    with pytest.raises(UserError, match="sum > 0"):
        overall_score(pd.DataFrame(index=["a"]))


def test_every_category_has_a_weight_and_none_is_called_verified() -> None:
    text = (resources.files("cfc_gis") / "resources" / "score.toml").read_text(encoding="utf-8")
    resource = tomllib.loads(text)
    assert list(score_weights()) == list(standards.categories())
    assert resource["weights"]["verified"] is False
    assert set(score_weights().values()) == {1.0}
    assert resource["soft_threshold"]["k"] == 5.0
    with pytest.raises(TypeError):
        score_weights()["play"] = 2.0  # type: ignore[index]
