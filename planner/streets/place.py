"""The name of a place -> lines with tags, downloaded by OSMnx and kept in its cache."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import StreetsError
from planner.language import note
from planner.streets.graphml import read_graphml
from planner.streets.rules import TAGS
from planner.streets.tagged import TaggedLines

__all__ = ["read_place"]

_PATIENCE_S = 60.0


def read_place(place: str, *, cache: Path) -> TaggedLines:
    """Download the streets of a place from OpenStreetMap.

    Parameters
    ----------
    place
        As Nominatim finds it, for example "渝中区, 重庆市, 中国".
    cache
        Folder in which OSMnx keeps the answers of the servers, so that a second run asks nobody.

    Raises
    ------
    StreetsError
        If there is no network, no such place with an area, or no street in it, or the answers
        cannot be kept in the folder.
    """
    # OSMnx takes over a second to import, and most districts bring their streets as a file.
    import osmnx  # noqa: PLC0415
    import requests  # noqa: PLC0415

    with _osmnx_settings(cache), tempfile.TemporaryDirectory(prefix="planner-streets-") as folder:
        try:
            drawn = osmnx.graph_from_place(
                place, network_type="all", retain_all=True, simplify=False, truncate_by_edge=True
            )
            # Where a tag changes the rule may change, so a node stays there.
            graph = osmnx.simplify_graph(drawn, edge_attrs_differ=TAGS, remove_rings=False)
        except requests.exceptions.RequestException as error:
            raise _no_network(place) from error
        except OSError as error:  # those of the network are caught above
            raise _no_folder(cache, error) from error
        except (osmnx._errors.InsufficientResponseError, TypeError) as error:  # noqa: SLF001
            raise _no_place(place) from error
        except (osmnx._errors.ResponseStatusCodeError, ValueError) as error:  # noqa: SLF001
            raise _no_network(place) from error
        path = Path(folder) / "place.graphml"
        osmnx.save_graphml(graph, path)
        return read_graphml(path, crs=None)


@contextmanager
def _osmnx_settings(cache: Path) -> Iterator[None]:
    """Set what OSMnx reads from its own global settings, and put it back."""
    from osmnx import settings  # noqa: PLC0415 - as above

    wanted = {
        "cache_folder": cache / "osmnx",
        "use_cache": True,
        "requests_timeout": _PATIENCE_S,
        # Else OSMnx asks a third party for addresses when a name server does not answer.
        "doh_url_template": None,
        "useful_tags_way": list(dict.fromkeys([*settings.useful_tags_way, *TAGS])),
    }
    before = {name: getattr(settings, name) for name in wanted}
    resolve = socket.getaddrinfo  # OSMnx replaces it and leaves it replaced
    for name, value in wanted.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        socket.getaddrinfo = resolve
        for name, value in before.items():
            setattr(settings, name, value)


def _no_network(place: str) -> StreetsError:
    return StreetsError(
        note(
            "The streets of '{place}' cannot be downloaded: the map server does not answer. "
            "Connect to the internet once (they are then kept), or set `path` under [streets] in "
            "district.toml to a street file, or leave [streets] out to plan with straight lines.",
            place=place,
        )
    )


def _no_folder(cache: Path, error: OSError) -> StreetsError:
    return StreetsError(
        note(
            "The streets that were downloaded cannot be kept in the folder {folder} ({reason}). "
            "See that it is a folder with room that you may write to, or name another one in the "
            "environment variable PLANNER_CACHE.",
            folder=str(cache),
            reason=error.strerror or type(error).__name__,
        )
    )


def _no_place(place: str) -> StreetsError:
    return StreetsError(
        note(
            "OpenStreetMap knows no area with streets named '{place}'. Write it with its "
            "city and country, for example '渝中区, 重庆市, 中国', or name a street file.",
            place=place,
        )
    )
