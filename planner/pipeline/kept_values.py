"""A value made of known classes, tables and arrays <-> a tree for JSON and a list of arrays.

Nothing that is read back can run code: only values of the classes that the caller names are made,
and arrays are numbers. (A pickle of somebody else could do anything.)
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

__all__ = ["Array", "Tree", "from_tree", "to_tree"]

Tree = Any
"""What JSON can hold: null, truth, numbers and text stand for themselves, all else is a list that
begins with its kind."""
Array = NDArray[Any]
_PLAIN = (bool, int, float, str)
_NUMBERS = "biuf"
_MANY_TEXTS = 16
"""So many texts in one tuple are kept as arrays."""


def to_tree(value: object, classes: Collection[type]) -> tuple[Tree, list[Array]]:
    """Take a value apart; a part that occurs several times is kept once.

    Parameters
    ----------
    classes
        Frozen dataclasses that may occur.

    Raises
    ------
    TypeError
        If a part is of a kind that cannot be kept.
    """
    writer = _Writer(frozenset(classes))
    return writer.tree(value), writer.arrays


def from_tree(tree: Tree, arrays: Sequence[Array], classes: Collection[type]) -> object:
    """Put a value together again; its arrays are those that are given, not copies.

    Raises
    ------
    ValueError, KeyError, TypeError, IndexError
        If the tree is not one that `to_tree` gave for these classes.
    """
    return _Reader(arrays, {each.__name__: each for each in classes}).value(tree)


class _Writer:
    """Takes values apart."""

    def __init__(self, classes: frozenset[type]) -> None:
        self.arrays: list[Array] = []
        self._classes = classes
        self._seen: dict[int, int] = {}
        self._alive: list[object] = []  # so that no identity is used twice
        self._kinds: dict[type, Callable[[Any], Tree]] = {
            np.ndarray: lambda value: ["array", self._array(value)],
            np.generic: lambda value: ["scalar", self._array(np.asarray(value))],
            gpd.GeoDataFrame: self._geo_frame,
            pd.DataFrame: self._frame,
            csr_array: self._sparse,
            BaseGeometry: lambda value: ["shapes", *self._shapes([value])],
            Path: lambda value: ["path", str(value)],
            tuple: self._tuple,
            list: lambda value: ["list", [self.tree(each) for each in value]],
            frozenset: lambda value: ["set", [self.tree(each) for each in sorted(value)]],
            Mapping: self._map,
        }

    def tree(self, value: object) -> Tree:
        if value is None or type(value) in _PLAIN:
            return value
        if id(value) in self._seen:
            return ["again", self._seen[id(value)]]
        tree = self._apart(value)
        self._seen[id(value)] = len(self._alive)
        self._alive.append(value)
        return tree

    def _apart(self, value: object) -> Tree:
        if type(value) in self._classes and is_dataclass(value):
            named = {part.name: getattr(value, part.name) for part in fields(value)}
            return ["object", type(value).__name__, [[k, self.tree(v)] for k, v in named.items()]]
        for kind, take in self._kinds.items():
            if isinstance(value, kind):
                return take(value)
        raise TypeError(f"a value of the kind {type(value).__name__} can't be kept")

    def _array(self, values: Array) -> int:
        if values.dtype.kind not in _NUMBERS:
            raise TypeError(f"an array of the type {values.dtype} can't be kept")
        self.arrays.append(values)
        return len(self.arrays) - 1

    def _map(self, value: Mapping[object, object]) -> Tree:
        return ["map", [[self.tree(key), self.tree(each)] for key, each in value.items()]]

    def _tuple(self, value: tuple[object, ...]) -> Tree:
        if type(value) is not tuple:
            raise TypeError(f"a value of the kind {type(value).__name__} can't be kept")
        if len(value) >= _MANY_TEXTS and all(type(each) is str for each in value):
            return ["texts", *self._texts(pa.array(value, type=pa.large_string()))]
        return ["tuple", [self.tree(each) for each in value]]

    def _texts(self, texts: Any) -> list[Tree]:  # noqa: ANN401 - pyarrow has no types
        """Keep texts as their bytes, where each begins, and which are there."""
        there = np.asarray(texts.is_valid())
        _, starts, data = texts.buffers()
        first = texts.offset
        begins = np.frombuffer(starts, np.int64)[first : first + len(texts) + 1]
        content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
        used = content[begins[0] : begins[-1]]
        return [self._array(used), self._array(begins - begins[0]), self._array(there)]

    def _sparse(self, value: csr_array) -> Tree:
        parts = (value.data, value.indices, value.indptr)
        return ["sparse", [self.tree(part) for part in parts], list(map(int, value.shape))]

    def _shapes(self, shapes: Sequence[BaseGeometry | None]) -> list[Tree]:
        wkb = pa.array(shapely.to_wkb(np.asarray(shapes, object)), type=pa.large_binary())
        return self._texts(wkb)

    def _geo_frame(self, value: gpd.GeoDataFrame) -> Tree:
        name = value.geometry.name
        crs = value.crs.to_string() if value.crs is not None else None
        return ["geo", name, crs, self._frame(pd.DataFrame(value))]

    def _frame(self, value: pd.DataFrame) -> Tree:
        if not value.columns.is_unique:
            raise TypeError("a table with two columns of one name can't be kept")
        # In the order in which they are read again: what occurs twice is counted.
        index, heads = self._index(value.index), self._index(value.columns)
        return ["frame", index, heads, [self._column(value[name]) for name in value.columns]]

    def _index(self, index: pd.Index) -> Tree:
        if isinstance(index, pd.MultiIndex):
            raise TypeError("a table with an index of several levels can't be kept")
        if isinstance(index, pd.RangeIndex):
            return ["range", index.start, index.stop, index.step, self.tree(index.name)]
        return ["index", self.tree(index.name), self._column(index.to_series())]

    def _column(self, column: pd.Series) -> Tree:
        kind = column.dtype
        if isinstance(kind, np.dtype) and kind.kind in _NUMBERS:
            return ["array", self._array(column.to_numpy())]
        if isinstance(kind, pd.StringDtype) and kind.na_value is not pd.NA:
            texts = pa.array(column.array, type=pa.large_string())
            whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
            return ["words", *self._texts(whole)]
        if str(kind) == "geometry":
            return ["shapes", *self._shapes(list(column))]
        if kind == np.dtype(object):
            return self._mixed(column.tolist())
        raise TypeError(f"a column of the type {kind} can't be kept")

    def _mixed(self, values: list[object]) -> Tree:
        """Keep each different value once."""
        places: dict[object, int] = {}
        trees: list[Tree] = []
        codes = np.empty(len(values), np.int32)
        for row, value in enumerate(values):
            missing = isinstance(value, float) and value != value  # noqa: PLR0124 - not a number
            key = "nan" if missing else (type(value), value)
            if key not in places:
                places[key] = len(trees)
                trees.append(self.tree(value))
            codes[row] = places[key]
        return ["mixed", self._array(codes), trees]


class _Reader:
    """Puts values together."""

    def __init__(self, arrays: Sequence[Array], classes: Mapping[str, type]) -> None:
        self._arrays = arrays
        self._classes = classes
        self._made: list[object] = []

    def value(self, tree: Tree) -> Any:  # noqa: ANN401 - any value that was kept
        if not isinstance(tree, list):
            return tree
        kind, *rest = tree
        if kind == "again":
            return self._made[rest[0]]
        made = getattr(self, f"_{_KINDS[kind]}")(*rest)
        self._made.append(made)
        return made

    def _object(self, name: str, parts: list[list[Tree]]) -> object:
        return self._classes[name](**{key: self.value(part) for key, part in parts})

    def _array(self, place: int) -> Array:
        return self._arrays[place]

    def _scalar(self, place: int) -> object:
        scalar: object = self._arrays[place][()]
        return scalar

    def _path(self, text: str) -> Path:
        return Path(text)

    def _tuple(self, parts: list[Tree]) -> tuple[object, ...]:
        return tuple(self.value(part) for part in parts)

    def _list(self, parts: list[Tree]) -> list[object]:
        return [self.value(part) for part in parts]

    def _set(self, parts: list[Tree]) -> frozenset[object]:
        return frozenset(self.value(part) for part in parts)

    def _map(self, parts: list[list[Tree]]) -> dict[object, object]:
        return {self.value(key): self.value(value) for key, value in parts}

    def _texts(self, data: int, starts: int, there: int) -> tuple[object, ...]:
        return tuple(self._arrow(pa.large_string(), data, starts, there).to_pylist())

    def _sparse(self, parts: list[Tree], shape: list[int]) -> csr_array:
        data, indices, indptr = (self.value(part) for part in parts)
        return csr_array((data, indices, indptr), shape=tuple(shape))

    def _shapes(self, data: int, starts: int, there: int) -> object:
        """Give one shape, as the only one of its list."""
        (shape,) = self._all_shapes(data, starts, there)
        return shape

    def _geo(self, name: str, crs: str | None, frame: Tree) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(self._inside(frame), geometry=name, crs=crs)

    def _frame(self, index: Tree, names: Tree, columns: list[Tree]) -> pd.DataFrame:
        rows, heads = self._index(index), self._index(names)
        # With their type, since pandas would make texts of a column that holds nothing else.
        read = map(self._column, columns)
        values = {at: pd.Series(x, rows, dtype=x.dtype, copy=False) for at, x in enumerate(read)}
        frame = pd.DataFrame(values, index=rows, copy=False)
        frame.columns = heads
        return frame

    def _inside(self, frame: Tree) -> pd.DataFrame:
        kind, *rest = frame
        if kind != "frame":
            raise ValueError(f"a table was expected, got {kind}")
        return self._frame(*rest)

    def _index(self, tree: Tree) -> pd.Index:
        kind, *rest = tree
        if kind == "range":
            start, stop, step, name = rest
            return pd.RangeIndex(start, stop, step, name=self.value(name))
        name, column = rest
        named = self.value(name)
        values = self._column(column)
        found: pd.Index = pd.Index(values, name=named, dtype=values.dtype)
        return found

    def _column(self, tree: Tree) -> Any:  # noqa: ANN401 - an array of numpy or pandas
        kind, *rest = tree
        if kind == "array":
            return self._arrays[rest[0]]
        if kind == "words":
            return pd.array(self._arrow(pa.large_string(), *rest), dtype="str")
        if kind == "shapes":
            return gpd.array.from_shapely(self._all_shapes(*rest))
        codes, trees = rest
        distinct = np.empty(len(trees), object)
        for place, part in enumerate(trees):
            distinct[place] = self.value(part)
        return distinct[self._arrays[codes]]

    def _all_shapes(self, data: int, starts: int, there: int) -> Array:
        wkb = self._arrow(pa.large_binary(), data, starts, there)
        shapes: Array = shapely.from_wkb(np.array(wkb.to_pylist(), object))
        return shapes

    def _arrow(self, kind: Any, data: int, starts: int, there: int) -> Any:  # noqa: ANN401
        """Give texts without copying them; where none is missing no bits say so."""
        begins, is_there = self._arrays[starts], self._arrays[there]
        content = self._arrays[data]
        if len(begins) != len(is_there) + 1 or begins[0] != 0 or begins[-1] != len(content):
            raise ValueError("the texts do not fit their places")
        if (np.diff(begins) < 0).any():
            raise ValueError("the places of texts must ascend")
        bits = None if is_there.all() else pa.py_buffer(np.packbits(is_there, bitorder="little"))
        buffers = [bits, pa.py_buffer(begins), pa.py_buffer(content)]
        texts = pa.Array.from_buffers(kind, len(is_there), buffers)
        texts.validate(full=True)
        return texts


_KINDS = {
    kind: kind
    for kind in (
        "object", "array", "scalar", "path", "tuple", "list", "set", "map", "texts", "sparse",
        "shapes", "geo", "frame",
    )
}  # fmt: skip
"""Kinds of trees that stand for a value of their own."""
