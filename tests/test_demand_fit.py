"""A fitted model tells its error in areas not seen, and steps back where it is no better."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from demand_districts import district, proxies
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.demand import build_demand
from planner.demand.fit import AREA, LEAST_AREAS, Fit, fit_counts, misplaced_share
from planner.demand.fit_models import MODELS, Areas
from planner.demand.folds import spatial_folds
from planner.district.settings import DemandRules

Floats = NDArray[np.float64]
NAMES = (AREA, "restaurants", "floor", "streets")


def town(areas: int, *, seed: int = 1) -> tuple[Floats, Floats]:
    """Features (NAMES) of areas of different sizes, and where they lie."""
    chance = np.random.default_rng(seed)
    km2 = chance.uniform(0.5, 2.0, areas)
    density = chance.gamma(0.7, [10.0, 5.0, 8.0], (areas, 3))
    return np.column_stack([km2, density * km2[:, None]]), chance.uniform(0, 10_000, (areas, 2))


def people_by(features: Floats, law: Sequence[float], *, seed: int = 2) -> Floats:
    """Count people by a law of people for each unit of each feature."""
    expected = features @ np.array(law)
    return np.asarray(np.random.default_rng(seed).poisson(expected), np.float64)


def fitted(features: Floats, counts: Floats, xy: Floats, *, seed: int = 0) -> Fit:
    return fit_counts(features, counts, xy, names=NAMES, rates=None, seed=seed)


# --- a law is found -------------------------------------------------------------------------------


def test_a_law_of_one_feature_is_found_in_areas_not_seen() -> None:
    features, xy = town(80)
    law = (1.0, 6.0, 0.0, 0.0)
    fit = fitted(features[:50], people_by(features[:50], law), xy[:50])
    assert fit.better
    assert fit.error < fit.error_mean / 2
    new, truth = features[50:], features[50:] @ np.array(law)
    assert misplaced_share(fit.predict(new), truth) < misplaced_share(new[:, 0], truth) / 2


def test_more_of_what_draws_people_never_tells_fewer() -> None:
    features, xy = town(50)
    fit = fitted(features, people_by(features, (1.0, 6.0, 0.0, 0.0)), xy)
    row = features.mean(axis=0)
    rows = np.tile(row, (20, 1))
    rows[:, 1] = np.linspace(0, 3 * row[1], 20)
    assert (np.diff(fit.predict(rows)) >= 0).all()
    assert fit.predict(rows)[-1] > 2 * fit.predict(rows)[0]


def test_the_error_that_is_told_is_on_the_mean_that_in_areas_that_were_hidden() -> None:
    told, actual = [], []
    for seed in range(8):
        features, xy = town(100, seed=seed)
        noise = np.random.default_rng(50 + seed).gamma(4, 0.25, (100, 1))
        counts = people_by(features * noise, (1.0, 3.0, 1.0, 0.0), seed=seed)
        west = xy[:, 0] < np.median(xy[:, 0])
        fit = fitted(features[west], counts[west], xy[west])
        told.append(fit.error)
        actual.append(misplaced_share(fit.predict(features[~west]), counts[~west]))
    assert np.mean(told) == pytest.approx(np.mean(actual), abs=0.05)


def test_half_an_area_holds_half_its_people() -> None:
    features, xy = town(50)
    fit = fitted(features, people_by(features, (1.0, 6.0, 0.0, 2.0)), xy)
    np.testing.assert_allclose(fit.predict(features / 2), fit.predict(features) / 2)


def test_an_area_of_size_0_holds_nobody() -> None:
    features, xy = town(30)
    fit = fitted(features, people_by(features, (1.0, 6.0, 0.0, 0.0)), xy)
    assert fit.predict(np.array([[0.0, 5.0, 5.0, 5.0]])).tolist() == [0.0]


# --- where there is no law ------------------------------------------------------------------------


@pytest.mark.parametrize("areas", [15, 40])
def test_counts_that_have_nothing_to_do_with_the_features_are_not_fitted_better(
    areas: int,
) -> None:
    called_better = 0
    for seed in range(6):
        features, xy = town(areas, seed=seed)
        chance = np.random.default_rng(100 + seed)
        counts = chance.poisson(30 * features[:, 0] * chance.gamma(1, 1, areas)).astype(float)
        called_better += fitted(features, counts, xy).better
    assert called_better <= 1


def test_people_spread_by_size_alone_leave_nothing_to_gain() -> None:
    features, xy = town(40)
    fit = fitted(features, 100 * features[:, 0], xy)
    assert fit.error_mean == pytest.approx(0, abs=1e-12)
    assert not fit.better
    assert "not clearly better" in fit.told.text("en")


def test_a_neighbourhood_that_stands_for_itself_does_not_help_the_rest() -> None:
    # A feature that names each place: within a random fold the neighbours give it away.
    xy = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2) * 1000
    hill = np.random.default_rng(0).gamma(1, 1, (4, 4)).repeat(2, 0).repeat(2, 1).ravel()
    noise = np.random.default_rng(9).gamma(1, 1, (4, 4)).repeat(2, 0).repeat(2, 1).ravel()
    fit = fit_counts(np.column_stack([noise]), 50 * hill, xy, names=["code"], rates=None)
    assert not fit.better


# --- beside the stated rates ----------------------------------------------------------------------


def test_stated_rates_that_are_the_law_are_preferred() -> None:
    features, xy = town(40)
    law = np.array([1.0, 6.0, 2.0, 0.0])
    counts = features @ law
    fit = fit_counts(features, counts, xy, names=NAMES, rates=law)
    assert fit.error_rates == pytest.approx(0, abs=1e-12)
    assert fit.error < fit.error_mean
    assert not fit.better
    assert "not clearly nearer than the rates" in fit.told.text("en")


def test_a_model_as_good_as_the_stated_rates_steps_back() -> None:
    features, xy = town(60)
    counts = people_by(features * np.random.default_rng(4).gamma(1, 1, (60, 1)), (0, 6, 0, 0))
    fit = fit_counts(features, counts, xy, names=NAMES, rates=np.array([0.0, 6.0, 0.0, 0.0]))
    assert fit.error == pytest.approx(fit.error_rates, abs=0.06)
    assert not fit.better


def test_rates_that_are_wrong_give_way_and_their_scale_does_not_matter() -> None:
    features, xy = town(60)
    counts = people_by(features, (0.0, 6.0, 0.0, 0.0))
    wrong = np.array([0.0, 0.0, 1.0, 1.0])
    one = fit_counts(features, counts, xy, names=NAMES, rates=wrong)
    ten = fit_counts(features, counts, xy, names=NAMES, rates=10 * wrong)
    assert one.better
    assert one.error_rates > one.error
    assert ten.error_rates == pytest.approx(one.error_rates)


def test_rates_of_nobody_are_no_rates() -> None:
    features, xy = town(20)
    counts = people_by(features, (0.0, 6.0, 0.0, 0.0))
    fit = fit_counts(features, counts, xy, names=NAMES, rates=np.zeros(4))
    assert np.isnan(fit.error_rates)
    assert "their rates" not in fit.told.text("en")


# --- the baseline ---------------------------------------------------------------------------------


def test_the_mean_is_a_constant_density_where_the_size_is_known_else_equal_areas() -> None:
    features, xy = town(40)
    counts = 100 * features[:, 0]
    by_size = fitted(features, counts, xy)
    alike = fit_counts(features[:, 1:], counts, xy, names=NAMES[1:], rates=None)
    assert by_size.error_mean == pytest.approx(0, abs=1e-12)
    assert alike.error_mean == pytest.approx(misplaced_share(np.ones(40), counts), abs=0.02)


def test_misplaced_people_are_counted_once() -> None:
    # 10 of 40 stand in the second area instead of the first.
    assert misplaced_share(np.array([20.0, 20.0]), np.array([30.0, 10.0])) == 0.25
    assert misplaced_share(np.array([1.0, 0.0]), np.array([0.0, 7.0])) == 1.0
    assert np.isnan(misplaced_share(np.zeros(2), np.ones(2)))


# --- laws -----------------------------------------------------------------------------------------


@settings(max_examples=5, deadline=None)
@given(st.integers(12, 45), st.integers(0, 1000))
def test_the_order_of_areas_and_features_changes_nothing(areas: int, seed: int) -> None:
    features, xy = town(areas, seed=seed)
    counts = people_by(features, (1.0, 2.0, 1.0, 0.0), seed=seed)
    chance = np.random.default_rng(seed)
    row, column = chance.permutation(areas), chance.permutation(4)
    straight = fitted(features, counts, xy)
    mixed = fit_counts(
        features[row][:, column],
        counts[row],
        xy[row],
        names=[NAMES[c] for c in column],
        rates=None,
    )
    assert (mixed.model, mixed.better, mixed.error) == (
        straight.model,
        straight.better,
        straight.error,
    )
    np.testing.assert_allclose(
        mixed.predict(features[:, column]), straight.predict(features), rtol=1e-9
    )


@settings(max_examples=8, deadline=None)
@given(st.integers(12, 40), st.integers(0, 1000), st.floats(1e-6, 1e6))
def test_people_are_never_negative_and_add_up_to_those_counted(
    areas: int, seed: int, scale: float
) -> None:
    features, xy = town(areas, seed=seed)
    counts = scale * people_by(features, (1.0, 2.0, 1.0, 0.0), seed=seed)
    fit = fitted(features, counts, xy)
    assert fit.predict(features).sum() == pytest.approx(counts.sum())
    anywhere = np.random.default_rng(seed).gamma(0.1, 1000.0, (50, 4))
    told = fit.predict(anywhere)
    assert (told >= 0).all()
    assert np.isfinite(told).all()


def test_units_of_features_and_size_do_not_matter() -> None:
    features, xy = town(40)
    counts = people_by(features, (1.0, 4.0, 1.0, 0.0))
    units = np.array([100.0, 1.0, 1e-3, 1e4])
    one, other = fitted(features, counts, xy), fitted(features * units, counts, xy)
    assert other.error == pytest.approx(one.error)
    np.testing.assert_allclose(other.predict(features * units), one.predict(features), rtol=1e-6)


def test_the_same_seed_gives_the_same_model_and_another_other_folds() -> None:
    features, xy = town(70)
    counts = people_by(features, (1.0, 4.0, 1.0, 0.0))
    first, again, other = (fitted(features, counts, xy, seed=s) for s in (3, 3, 4))
    assert first.error == again.error
    assert (first.predict(features) == again.predict(features)).all()
    assert other.error != first.error


def test_every_way_to_fit_tells_finite_people_and_knows_that_density_differs() -> None:
    chance = np.random.default_rng(0)
    areas = Areas(chance.gamma(0.5, 2, (80, 2)), np.ones(80))
    counts = 10 * areas.density[:, 0]
    for name, ways in MODELS.items():
        for way in ways:
            told = way(areas, counts, seed=0)(areas)
            assert np.corrcoef(told, counts)[0, 1] > 0.5, name


# --- hostile input --------------------------------------------------------------------------------


def test_too_few_areas_are_said_and_the_mean_is_told() -> None:
    features, xy = town(LEAST_AREAS - 1)
    fit = fitted(features, 10 * features[:, 1], xy)
    assert (fit.model, fit.better, fit.folds) == ("mean", False, 0)
    assert f"from {LEAST_AREAS} areas on" in fit.told.text("en")
    density = fit.predict(features) / features[:, 0]
    np.testing.assert_allclose(density, density[0])
    assert fit.predict(features).sum() == pytest.approx(10 * features[:, 1].sum())


def test_from_twelve_areas_on_a_model_is_tested_in_three_folds() -> None:
    features, xy = town(LEAST_AREAS)
    fit = fitted(features, 10 * features[:, 1], xy)
    assert fit.folds == 3
    assert np.isfinite(fit.error)


def test_one_area_alone_is_no_model() -> None:
    fit = fitted(np.ones((1, 4)), np.array([7.0]), np.zeros((1, 2)))
    assert fit.predict(np.ones((2, 4))).tolist() == [7.0, 7.0]
    assert not fit.better


def test_nobody_counted_is_said() -> None:
    features, xy = town(30)
    fit = fitted(features, np.zeros(30), xy)
    assert "Nobody is counted" in fit.told.text("en")
    assert not fit.predict(features).any()


def test_features_that_are_the_same_everywhere_are_said() -> None:
    _, xy = town(30)
    same = np.tile([2.0, 3.0, 4.0, 5.0], (30, 1))
    fit = fitted(same, np.arange(30.0), xy)
    assert "equally dense" in fit.told.text("en")
    assert not fit.better


def test_everybody_in_one_area_is_no_error() -> None:
    features, xy = town(30)
    counts = np.zeros(30)
    counts[4] = 500
    fit = fitted(features, counts, xy)
    assert not fit.better
    assert fit.predict(features).sum() == pytest.approx(500)


def test_a_column_twice_and_a_constant_column_change_little() -> None:
    features, xy = town(50)
    counts = people_by(features, (1.0, 6.0, 0.0, 0.0))
    wide = np.column_stack([features, features[:, 1], 7 * features[:, 0], 1e-9 * features[:, 2]])
    fit = fit_counts(wide, counts, xy, names=[*NAMES, "again", "everywhere", "tiny"], rates=None)
    assert fit.better
    assert fit.error < fit.error_mean / 2


@pytest.mark.parametrize("huge", [1e15, 1e300])
def test_huge_values_stay_finite(huge: float) -> None:
    features, xy = town(40)
    features[3, 1] = huge
    counts = people_by(features.clip(max=50), (1.0, 6.0, 0.0, 0.0))
    fit = fitted(features, counts * huge**0.5, xy)
    assert np.isfinite(fit.error)
    assert np.isfinite(fit.predict(features * 2)).all()


def test_all_areas_at_one_place_are_still_tested() -> None:
    features, _ = town(30)
    fit = fitted(features, people_by(features, (1.0, 6.0, 0.0, 0.0)), np.zeros((30, 2)))
    assert np.isfinite(fit.error)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.full((15, 4), np.nan)}, "features must be finite and at least 0"),
        ({"features": np.full((15, 4), np.inf)}, "features must be finite and at least 0"),
        ({"features": np.full((15, 4), -1.0)}, "features must be finite and at least 0"),
        ({"features": np.ones((15, 3))}, "features must have 4 columns"),
        ({"features": np.zeros((15, 4))}, "'km2' must be above 0"),
        ({"counts": np.full(15, np.nan)}, "counts must be finite and at least 0"),
        ({"counts": np.full(15, -1.0)}, "counts must be finite and at least 0"),
        ({"counts": np.ones(14)}, "one row for each of 15 areas"),
        ({"counts": np.full(15, 1e308)}, "sum of counts"),
        ({"xy": np.zeros((15, 3))}, "one row for each of 15 areas"),
        ({"xy": np.full((15, 2), np.nan)}, "xy must be finite"),
        ({"names": ["a", "a", "b", AREA]}, "names must be different"),
        ({"rates": np.ones(3)}, "rates must be one for each of 4 names"),
        ({"rates": np.array([1, 1, 1, np.inf])}, "rates must be finite"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, object], message: str) -> None:
    features, xy = town(15)
    right: dict[str, object] = {"features": features, "counts": features[:, 1], "xy": xy}
    arguments = {**right, "names": NAMES, "rates": None, **change}
    with (
        np.errstate(over="ignore"),
        pytest.raises(ValueError, match=message),
    ):
        fit_counts(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_a_prediction_asks_for_the_same_columns() -> None:
    features, xy = town(15)
    fit = fitted(features, features[:, 1], xy)
    with pytest.raises(ValueError, match="features must have 4 columns"):
        fit.predict(np.ones((2, 3)))
    with pytest.raises(ValueError, match="finite and at least 0"):
        fit.predict(np.full((2, 4), np.nan))


def test_a_group_that_nobody_counted_is_said_to_have_no_model() -> None:
    shops = proxies((shapely.Point(-1900, 110), "餐饮"), groups=("rider",))
    place = district(shops, totals={"rider": 40.0})
    rules = DemandRules(model="fitted")
    demand = build_demand(replace(place, settings=replace(place.settings, demand=rules)), None)
    said = [message.text("en") for message in demand.notes]
    assert "riders: no area is counted, so no model is fitted." in said
    assert not any("couriers: no area" in text for text in said)


# --- folds ----------------------------------------------------------------------------------------


def test_folds_are_blocks_of_neighbours_of_nearly_equal_size() -> None:
    xy = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    fold = spatial_folds(xy, folds=4, seed=0)
    assert sorted(set(fold)) == [0, 1, 2, 3]
    assert np.ptp(np.bincount(fold)) <= 2
    away = np.abs(xy[:, None] - xy[None]).sum(axis=2) == 1
    same = (fold[:, None] == fold[None])[away].mean()
    assert same > 0.75  # of neighbours; dealt out by chance it would be 0.25


def test_the_order_of_areas_does_not_change_their_folds() -> None:
    xy = np.random.default_rng(0).uniform(0, 1e4, (50, 2))
    order = np.random.default_rng(1).permutation(50)
    assert (
        spatial_folds(xy, folds=3, seed=5)[order] == spatial_folds(xy[order], folds=3, seed=5)
    ).all()


@pytest.mark.parametrize(("folds", "blocks"), [(1, 2), (2, 0), (3, 4)])
def test_folds_that_cannot_be_are_refused(folds: int, blocks: int) -> None:
    with pytest.raises(ValueError, match="folds must be at least 2"):
        spatial_folds(np.zeros((11, 2)), folds=folds, seed=0, blocks=blocks)


# --- what it costs --------------------------------------------------------------------------------


def test_scikit_learn_is_not_loaded_before_something_is_fitted() -> None:
    code = "import sys, planner.demand.fit; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 our own words
