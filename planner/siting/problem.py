"""The siting problem in arrays: rows with a value, options with a cost, who serves what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message

__all__ = [
    "FEN_A_YUAN",
    "UNLIMITED",
    "About",
    "Aim",
    "CoverageFloors",
    "LinearLimits",
    "SitingProblem",
]

UNLIMITED = 2**62
"""Stands for no upper limit; its negative for no lower one."""

FEN_A_YUAN = 100
_MOST_MILLI = 4 * 10**15
"""Sums stay exact in a float too (2**53), so that bounds told by a float solver can be held against
them."""
_MOST_YUAN = 1e13
_MOST_YUAN_IN_ALL = 2e13


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a limit is, for people."""

    kind: str
    """Such as "count", "money", "money_union", "money_year", "quota", "share", "gap", "level",
    "one_of", "contiguous", "floor"; limits of one kind are told together."""
    name: Message
    """In plain words, as part of a sentence: "at least 1 station in community Jinshan"."""
    scale: int = 1
    """Whole numbers of the limit for one of its unit (100 fen a yuan)."""
    unit: str = ""
    """"yuan", "stations", "hours a week" or ""."""
    may_relax: bool = True
    """False: a rule of logic (a station stays, moves or closes) that no way out may break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearLimits:
    """Least <= sum of the weights of the chosen options <= most, for each of q limits."""

    weights: csr_array
    """int64, shape (q, n options)."""
    least: NDArray[np.int64]
    """-UNLIMITED where there is none, shape (q,)."""
    most: NDArray[np.int64]
    """UNLIMITED where there is none, shape (q,)."""
    about: tuple[About, ...]

    @classmethod
    def none(cls, n: int) -> "LinearLimits":
        """Give no limits on n options."""
        nothing = np.zeros(0, np.int64)
        return cls(weights=csr_array((0, n), dtype=np.int64), least=nothing, most=nothing, about=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFloors:
    """At least so much value of some rows must be served, for each of f floors."""

    values: csr_array
    """What each row counts toward each floor, whole numbers above 0, shape (f, r rows)."""
    least: NDArray[np.int64]
    """After what is served whatever is chosen, shape (f,)."""
    about: tuple[About, ...]

    @classmethod
    def none(cls, r: int) -> "CoverageFloors":
        """Give no floors on r rows."""
        nothing = np.zeros(0, np.int64)
        return cls(values=csr_array((0, r), dtype=np.int64), least=nothing, about=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How the sum that a search maximises reads as the objective that a person asked for.

    The objective is (offset - sum) / scale where it is to be small, (offset + sum) / scale else.
    """

    kind: str = "served"
    """One of OBJECTIVES, or "mix"."""
    minimise: bool = False
    offset: int = 0
    scale: int = 60_000
    unit: str = "hours a week"
    """"hours a week", "stations", "yuan" or "m"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingProblem:
    """Maximal covering with limits; all values are whole numbers, so that sums are exact.

    Maximise the base, the value of rows that a chosen option serves, `twice_milli` of rows that two
    of them serve, and `worth_milli` of the chosen options; within money, count, linear limits,
    floors, conflicts, and at most one option a site.

    Money is counted in whole fen, so that a plan which costs exactly the budget keeps it.
    """

    options: tuple[str, ...]
    """Option ids that can be chosen, sorted: ties go to the smallest, so the order of the input
    never matters."""
    sites: tuple[str, ...]
    """Site id of each option; at most one option a site is chosen. A stay of a container in one
    season is a site by itself: "V07@summer"."""
    serves: csr_array
    """Booleans, shape (n options, r rows); rows already merged by their set of options. A stored
    False is as one that is not stored: it is taken out."""
    value_milli: NDArray[np.int64]
    """Value of each row: whole thousandths of a worker-minute a week, above 0, shape (r,)."""
    base_milli: int
    """Value that is served whatever is chosen (by stations that stay as they are)."""
    total_milli: int
    """Value of all demand, also that which no option reaches."""
    cost_yuan: NDArray[np.float64]
    """Added set-up money of each option, at least 0, shape (n,)."""
    counts: NDArray[np.bool_]
    """Whether the option is an additional opening and so counts in `count`, shape (n,)."""
    budget_yuan: float | None
    count: int | None
    locked: NDArray[np.bool_]
    """Options that must be chosen, shape (n,)."""
    forbidden: NDArray[np.bool_]
    """Options that must not be chosen, shape (n,)."""
    too_close: NDArray[np.int32]
    """Pairs of options that may not both be chosen, shape (q, 2)."""
    keeps: tuple[str, ...] = ()
    """Options that keep an existing station as it is, free of cost and not counted; one that a plan
    leaves out is a station to be closed."""
    excluded: Mapping[str, Message] = field(default_factory=dict)
    """Why an option is forbidden although nobody asked for it: option id -> reason."""
    clashes: tuple[Message, ...] = ()
    """Limits that were found to contradict each other when the problem was built; any makes it
    infeasible."""
    linear: LinearLimits | None = None
    """Further limits on the chosen options; None: none."""
    floors: CoverageFloors | None = None
    """None: none."""
    twice_milli: NDArray[np.int64] | None = None
    """What each row adds once two chosen options serve it, at least 0, shape (r,); None:
    nothing."""
    worth_milli: NDArray[np.int64] | None = None
    """What each option adds by itself, below 0 where choosing it costs, shape (n,); None:
    nothing."""
    aim: Aim = field(default_factory=Aim)
    priced_rows: int = 0
    """The last so many rows are no demand but prices of shortfalls, in `total_milli` as well."""
    notes: tuple[Message, ...] = ()
    """What a reader must know: cells exempt from the largest gap because nothing can serve them,
    quotas that cannot be more than a venue."""

    def __post_init__(self) -> None:
        """Check shapes, ranges and the order of the ids.

        Raises
        ------
        ValueError
            Naming the field, the allowed range and the value got.
        """
        self._check_ids()
        self._check_shapes()
        if not self.serves.data.all():
            serves = self.serves.copy()
            serves.eliminate_zeros()
            object.__setattr__(self, "serves", serves)
        self._check_values()
        self._check_limits()
        self._check_further()

    def _check_ids(self) -> None:
        if any(a >= b for a, b in zip(self.options, self.options[1:], strict=False)):
            raise ValueError("options must be sorted and unique")
        if len(self.sites) != len(self.options):
            raise ValueError(f"sites must name the site of each of {len(self.options)} options")
        strange = sorted({*self.keeps, *self.excluded} - set(self.options))
        if strange:
            raise ValueError(f"keeps and excluded name unknown options: {', '.join(strange[:5])}")

    def _check_shapes(self) -> None:
        n, rows = len(self.options), len(self.value_milli)
        if self.serves.shape != (n, rows):
            raise ValueError(f"serves must have shape {(n, rows)}, got {self.serves.shape}")
        for name in ("cost_yuan", "counts", "locked", "forbidden"):
            if getattr(self, name).shape != (n,):
                raise ValueError(f"{name} must have shape ({n},), got {getattr(self, name).shape}")
        pairs = self.too_close
        if pairs.ndim != 2 or pairs.shape[1] != 2:  # noqa: PLR2004 - a pair has two ends
            raise ValueError(f"too_close must have shape (q, 2), got {pairs.shape}")
        if len(pairs) and not (pairs.min() >= 0 and pairs.max() < n):
            raise ValueError(f"too_close must hold positions from 0 to {n - 1}")
        if (pairs[:, 0] == pairs[:, 1]).any():
            raise ValueError("too_close must not pair an option with itself")

    def _check_values(self) -> None:
        if self.value_milli.dtype != np.int64:
            raise ValueError(f"value_milli must be int64, got {self.value_milli.dtype}")
        if len(self.value_milli) and self.value_milli.min() <= 0:
            raise ValueError(f"value_milli must be above 0, got {self.value_milli.min()}")
        served = self.base_milli + int(
            self.value_milli.sum(dtype=object) if len(self.value_milli) else 0
        )
        if not (self.base_milli >= 0 and served <= self.total_milli <= _MOST_MILLI):
            raise ValueError(
                f"base_milli ({self.base_milli}) must be at least 0, and with all rows ({served})"
                f" at most total_milli ({self.total_milli}), itself at most {_MOST_MILLI}"
            )
        costs = self.cost_yuan
        if len(costs) and not ((costs >= 0) & (costs <= _MOST_YUAN)).all():  # false for NaN too
            raise ValueError(f"cost_yuan must be finite and from 0 to {_MOST_YUAN:g}")
        if costs.sum() > _MOST_YUAN_IN_ALL:
            raise ValueError(
                f"cost_yuan must add up to at most {_MOST_YUAN_IN_ALL:g}, got {costs.sum():g}"
            )

    def _check_limits(self) -> None:
        if self.budget_yuan is not None and not 0 <= self.budget_yuan < np.inf:
            raise ValueError(f"budget_yuan must be at least 0 and finite, got {self.budget_yuan}")
        kept = (
            np.isin(self.options, self.keeps) if self.keeps else np.zeros(len(self.options), bool)
        )
        if (self.counts[kept] | (self.cost_yuan[kept] > 0)).any():
            raise ValueError("keeps must name options that cost nothing and do not count")
        if self.count is not None and self.count < 0:
            raise ValueError(f"count must be at least 0, got {self.count}")
        both = np.flatnonzero(self.locked & self.forbidden)
        if len(both):
            raise ValueError(f"{self.options[both[0]]!r} is both locked and forbidden")

    def _check_further(self) -> None:
        n, rows = len(self.options), len(self.value_milli)
        least = {"twice_milli": 0, "worth_milli": -_MOST_MILLI}
        for name, size in (("twice_milli", rows), ("worth_milli", n)):
            numbers = getattr(self, name)
            if numbers is not None:
                _check_numbers(name, numbers, size, least[name])
        if self.linear is not None:
            linear = self.linear
            _check_table("linear.weights", linear.weights, n)
            for name, limit in (("linear.least", linear.least), ("linear.most", linear.most)):
                _check_numbers(name, limit, linear.weights.shape[0], -UNLIMITED, UNLIMITED)
            _check_abouts("linear.about", linear.about, linear.weights.shape[0])
        if self.floors is not None:
            values = self.floors.values
            _check_table("floors.values", values, rows)
            if values.nnz and values.data.min() < 0:
                raise ValueError(f"floors.values must be at least 0, got {values.data.min()}")
            _check_numbers("floors.least", self.floors.least, values.shape[0], -_MOST_MILLI)
            _check_abouts("floors.about", self.floors.about, values.shape[0])
        if self.aim.scale <= 0:
            raise ValueError(f"aim.scale must be above 0, got {self.aim.scale}")

    @property
    def priced_milli(self) -> int:
        """Value of all rows that are prices of shortfalls."""
        return int(self.value_milli[len(self.value_milli) - self.priced_rows :].sum())

    @property
    def cost_fen(self) -> NDArray[np.int64]:
        """Set-up money in whole fen, shape (n,)."""
        return np.rint(self.cost_yuan * FEN_A_YUAN).astype(np.int64)

    @property
    def budget_fen(self) -> int | None:
        """The budget in whole fen, rounded to the nearest."""
        if self.budget_yuan is None:
            return None
        return round(min(self.budget_yuan, _MOST_YUAN_IN_ALL) * FEN_A_YUAN)


def _check_numbers(
    name: str, numbers: NDArray[np.int64], size: int, least: int, most: int = _MOST_MILLI
) -> None:
    if numbers.shape != (size,) or numbers.dtype != np.int64:
        raise ValueError(
            f"{name} must be int64 of shape ({size},), got {numbers.dtype} of {numbers.shape}"
        )
    if size and not (numbers.min() >= least and numbers.max() <= most):
        raise ValueError(
            f"{name} must be from {least} to {most}, got {numbers.min()} to {numbers.max()}"
        )
    if most == _MOST_MILLI and float(np.abs(numbers).sum(dtype=np.float64)) > _MOST_MILLI:
        raise ValueError(f"{name} must add up to at most {_MOST_MILLI}")


def _check_table(name: str, table: csr_array, columns: int) -> None:
    if table.shape[1] != columns or table.dtype.kind != "i":
        raise ValueError(
            f"{name} must be whole numbers with {columns} columns, got {table.dtype} of"
            f" {table.shape}"
        )
    if table.nnz and float(abs(table).sum(axis=1, dtype=np.float64).max()) > _MOST_MILLI:
        raise ValueError(f"each row of {name} must add up to at most {_MOST_MILLI}")


def _check_abouts(name: str, abouts: tuple[About, ...], size: int) -> None:
    if len(abouts) != size:
        raise ValueError(f"{name} must name {size} limits, got {len(abouts)}")
