"""Small models with every kind of limit, and what is best in them by trying all choices."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.siting.solving.model import NO_LIMIT, Model


def model_of(  # noqa: PLR0913 - a model has as many parts
    serves: list[set[int]],
    value: list[int],
    *,
    twice: list[int] | None = None,
    worth: list[int] | None = None,
    cost: list[int] | None = None,
    money: int = NO_LIMIT,
    counts: list[int] | None = None,
    places: int = NO_LIMIT,
    foes: set[tuple[int, int]] = frozenset(),  # type: ignore[assignment]  # never changed
    linear: list[tuple[list[int], int, int]] | None = None,
    floors: list[tuple[list[int], int]] | None = None,
) -> Model:
    """Write a model as lists: the rows that each option serves, the weights of each limit."""
    m, r = len(serves), len(value)
    table = csr_array(np.array([[row in s for row in range(r)] for s in serves]).reshape(m, r))
    by_row = csr_array(table.T)
    beside = csr_array(
        np.array([[(a, b) in foes or (b, a) in foes for b in range(m)] for a in range(m)], bool)
    )
    limits, least = linear or [], floors or []
    weights = csr_array(np.array([one[0] for one in limits], np.int64).reshape(len(limits), m).T)
    toward = csr_array(np.array([one[0] for one in least], np.int64).reshape(len(least), r).T)
    return Model(
        row_start=table.indptr.astype(np.int64),
        rows=table.indices.astype(np.int32),
        option_start=by_row.indptr.astype(np.int64),
        options=by_row.indices.astype(np.int32),
        value=np.array(value, np.int64),
        cost=np.array(cost or [0] * m, np.int64),
        counts=np.array(counts or [1] * m, np.int64),
        foe_start=beside.indptr.astype(np.int64),
        foes=beside.indices.astype(np.int32),
        money=money,
        places=places,
        twice=np.array(twice or [0] * r, np.int64),
        worth=np.array(worth or [0] * m, np.int64),
        limit_start=weights.indptr.astype(np.int64),
        limits=weights.indices.astype(np.int32),
        weights=weights.data.astype(np.int64),
        least=np.array([one[1] for one in limits], np.int64),
        most=np.array([one[2] for one in limits], np.int64),
        floor_start=toward.indptr.astype(np.int64),
        floors=toward.indices.astype(np.int32),
        floor_values=toward.data.astype(np.int64),
        floor_least=np.array([one[1] for one in least], np.int64),
    )


@st.composite
def random_models(draw: st.DrawFn, *, most_options: int = 6, most_rows: int = 7) -> Model:
    """Draw a model with limits of every kind; some cannot be kept."""
    m, r = draw(st.integers(1, most_options)), draw(st.integers(0, most_rows))
    some = st.integers(0, 9)
    large = st.one_of(some, st.integers(0, 10**11))
    pairs = list(itertools.combinations(range(m), 2))

    def often(values: st.SearchStrategy[int], size: int) -> list[int] | None:
        return draw(st.one_of(st.none(), st.lists(values, min_size=size, max_size=size)))

    def weights(values: st.SearchStrategy[int], size: int) -> list[int]:
        return draw(st.lists(values, min_size=size, max_size=size))

    linear = [
        (
            weights(st.integers(-2, 4), m),
            draw(st.sampled_from([-NO_LIMIT, -1, 0, 1, 2])),
            draw(st.sampled_from([NO_LIMIT, 2, 3, 5])),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    return model_of(
        [set(draw(st.sets(st.integers(0, r - 1)))) if r else set() for _ in range(m)],
        weights(large, r),
        twice=often(large, r),
        worth=often(st.integers(-20, 9), m),
        cost=often(some, m),
        money=draw(st.sampled_from([NO_LIMIT, 0, 7, 15])),
        counts=often(st.integers(0, 1), m),
        places=draw(st.sampled_from([NO_LIMIT, 0, 1, 2, 3])),
        foes=draw(st.sets(st.sampled_from(pairs), max_size=4)) if pairs else set(),
        linear=linear,
        floors=[
            (weights(some, r), draw(st.integers(-3, 14))) for _ in range(draw(st.integers(0, 2)))
        ],
    )


def rows_of(model: Model, k: int) -> list[int]:
    return [int(row) for row in model.rows[model.row_start[k] : model.row_start[k + 1]]]


def worth_by_hand(model: Model, chosen: set[int]) -> int:
    """Add up row by row in plain Python."""
    times = [sum(row in rows_of(model, k) for k in chosen) for row in range(len(model.value))]
    once = sum(int(model.value[row]) for row, n in enumerate(times) if n)
    twice = sum(int(model.twice[row]) for row, n in enumerate(times) if n > 1)
    return once + twice + sum(int(model.worth[k]) for k in chosen)


def keeps_by_hand(model: Model, chosen: set[int]) -> bool:
    """Check each limit on its own in plain Python."""
    used, met = [0] * len(model.most), [0] * len(model.floor_least)
    for k in chosen:
        for at in range(model.limit_start[k], model.limit_start[k + 1]):
            used[model.limits[at]] += int(model.weights[at])
    for row in {row for k in chosen for row in rows_of(model, k)}:
        for at in range(model.floor_start[row], model.floor_start[row + 1]):
            met[model.floors[at]] += int(model.floor_values[at])
    foes = {
        int(foe)
        for k in chosen
        for foe in model.foes[model.foe_start[k] : model.foe_start[k + 1]].tolist()
    }
    return (
        sum(int(model.cost[k]) for k in chosen) <= model.money
        and sum(int(model.counts[k]) for k in chosen) <= model.places
        and not foes & chosen
        and all(
            low <= n <= high for low, n, high in zip(model.least, used, model.most, strict=True)
        )
        and all(n >= low for n, low in zip(met, model.floor_least, strict=True))
    )


def choices(model: Model) -> Iterator[set[int]]:
    """Give every set of options that keeps all limits."""
    options = range(len(model.cost))
    for size in range(len(model.cost) + 1):
        for chosen in itertools.combinations(options, size):
            if keeps_by_hand(model, set(chosen)):
                yield set(chosen)


def flags(model: Model, chosen: set[int]) -> np.ndarray:
    """Mark a choice, shape (m,)."""
    return np.isin(np.arange(len(model.cost)), sorted(chosen))
