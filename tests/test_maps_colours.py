"""Colours of the map: a kept library's, and each class can be told from the next with red-green blindness."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cfc_gis.maps import classes

# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113: severity 1, linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
JUST_TOLD_APART = 10.0
"""CIE76 difference: 2.3 is just noticed side by side; areas apart on a map want several times that."""


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(seen @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scale", ["minutes", "score", "met"])
def test_all_classes_differ(scale: str, vision: str) -> None:
    seen = [lab(colour, VISION[vision]) for colour in classes.scales()[scale]]
    least = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert least > JUST_TOLD_APART


@pytest.mark.parametrize("vision", VISION)
def test_all_judgements_differ(vision: str) -> None:
    seen = [lab(colour, VISION[vision]) for _, colour in classes.judgement_colours()]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > JUST_TOLD_APART


def test_the_measure_would_fail_red_and_green_of_one_lightness() -> None:
    red, green = (lab(colour, VISION["deuteranopia"]) for colour in ("#c1603a", "#7f8a3a"))
    assert np.linalg.norm(red - green) < JUST_TOLD_APART


def test_judgements_keep_their_colours_in_the_legend() -> None:
    assert dict(classes.judgement_colours())["no_data"] == classes.GREY
    assert dict(classes.judgement_colours())["meets"] == classes.scales()["minutes"][0]
    assert dict(classes.judgement_colours())["gap"] == classes.scales()["minutes"][4]
