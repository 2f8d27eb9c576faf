"""What stands against what is drawn -> the cells whose colour or card changes, and no others."""

import base64
from collections.abc import Sequence

import numpy as np
from folium.map import Layer
from folium.template import Template
from numpy.typing import NDArray

from planner.coverage.changing import CellShares
from planner.maps.layers import Cells, as_script
from planner.maps.style import STYLE

__all__ = ["Recoloured", "recoloured_cells"]


class Recoloured(Layer):
    """Other colours and shares on cells that the map has already; without it they are as before.

    Parameters
    ----------
    of
        The layer that is drawn, of `cells_layer`.
    rows
        Which of its cells change, ascending, shape (k,).
    shown
        Colour, then effective, nominal and out-of-reach share in whole percent, shape (k, 4).
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = plannerMap.recoloured({{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, of: Cells, rows: NDArray[np.int64], shown: NDArray[np.uint8]) -> None:
        super().__init__(name="recoloured", overlay=True, control=False, show=True)
        self._name = "Recoloured"
        steps = np.diff(rows, prepend=0).tolist()
        packed = base64.b64encode(np.ascontiguousarray(shown).tobytes()).decode()
        self.words = as_script({"of": of.data.key, "steps": steps, "shown": packed})


def recoloured_cells(of: Cells, before: CellShares, after: CellShares) -> Recoloured | None:
    """Give what changes on a layer of cells; None: nothing does.

    Parameters
    ----------
    of
        What `cells_layer` drew of `before`; it stays on the map as it is.
    before, after
        Shares of every cell of the demand.
    """
    there = np.flatnonzero(after.there)
    old, new = (_shown(shares, there) for shares in (before, after))
    rows = np.flatnonzero((old != new).any(axis=1))
    return Recoloured(of, rows, new[rows]) if len(rows) else None


def _shown(shares: CellShares, there: NDArray[np.int64]) -> NDArray[np.uint8]:
    parts: Sequence[NDArray[np.float64]] = (
        shares.effective[there],
        shares.nominal[there],
        shares.out_of_reach[there],
    )
    colour = np.digitize(parts[0], STYLE.share_borders)
    # As a share is written on a card: halves go to the even number.
    return np.column_stack([colour, *(np.rint(part * 100) for part in parts)]).astype(np.uint8)
