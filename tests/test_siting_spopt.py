"""The same objective as spopt (pysal, Feng et al. 2022; solver CBC) on 200 random towns for each shared problem."""

from __future__ import annotations

import numpy as np
import pytest

from cfc_gis.siting.backup import lscp_backup
from cfc_gis.siting.coverage import lscp, mclp
from cfc_gis.siting.distance import p_center, p_median
from tests.siting_cases import RADIUS, Town, town

INSTANCES = 200


def cbc() -> object:
    """CBC in one thread by default: asked for threads, it now and then waits ten seconds for itself."""
    import pulp

    return pulp.PULP_CBC_CMD(msg=False)


def theirs(model: object) -> float:
    import pulp

    model.problem.solve(cbc())
    assert pulp.LpStatus[model.problem.status] == "Optimal"
    return float(model.problem.objective.value())


def towns() -> list[Town]:
    return [town(seed, (5, 14), (3, 7)) for seed in range(INSTANCES)]


@pytest.mark.filterwarnings("ignore")
def test_set_covering_equals_spopt() -> None:
    from spopt.locate import LSCP

    for made in towns():
        found = lscp(made.coverage, made.unlimited)
        assert (found.status, found.objective) == ("optimal", theirs(LSCP.from_cost_matrix(made.cost, RADIUS)))


@pytest.mark.filterwarnings("ignore")
def test_maximal_coverage_equals_spopt() -> None:
    from spopt.locate import MCLP

    for made in towns():
        found = mclp(made.coverage, made.options)
        other = theirs(MCLP.from_cost_matrix(made.cost, made.children, RADIUS, made.sites))
        assert (found.status, found.objective) == ("optimal", pytest.approx(other))


@pytest.mark.filterwarnings("ignore")
def test_backup_equals_spopt() -> None:
    """spopt counts homes that have one candidate only as covered twice, whatever is chosen: they are taken off."""
    from spopt.locate import LSCPB

    for made in towns():
        homes = Town(np.ones(len(made.children)), made.cost, made.sites)
        found = lscp_backup(homes.coverage, homes.unlimited)
        other = theirs(LSCPB.from_cost_matrix(made.cost, RADIUS, cbc()))
        never_twice = int(((made.cost <= RADIUS).sum(axis=1) < 2).sum())
        assert (found.status, found.objective) == ("optimal", pytest.approx(other - never_twice))


@pytest.mark.filterwarnings("ignore")
def test_p_median_equals_spopt() -> None:
    from spopt.locate import PMedian

    for made in towns():
        found = p_median(made.ways, made.options)
        other = theirs(PMedian.from_cost_matrix(made.cost, made.children, made.sites))
        assert (found.status, found.objective) == ("optimal", pytest.approx(other))


@pytest.mark.filterwarnings("ignore")
def test_p_center_equals_spopt() -> None:
    from spopt.locate import PCenter

    for made in towns():
        found = p_center(made.ways, made.options)
        other = theirs(PCenter.from_cost_matrix(made.cost, made.sites))
        assert (found.status, found.objective) == ("optimal", pytest.approx(other))
