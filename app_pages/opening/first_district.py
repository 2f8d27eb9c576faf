"""What a new district begins with: the folder to fill in, its name, and money to try out."""

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from planner.district import Settings, init_district, read_settings, write_settings
from planner.language import say

__all__ = ["begin_district", "named", "template_zip"]

_FIRST_BUDGET_YUAN = 100_000.0
"""A sum for a first try: ten to thirty stations in premises that exist."""


def template_zip() -> bytes:
    """Give the folder of a new district as a zip, in the language in use."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "district"
        begin_district(folder, name=say("New district"))
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"district/{path.name}")
    return packed.getvalue()


def begin_district(folder: Path, *, name: str) -> Settings:
    """Write a new district with a first budget, and give its settings."""
    init_district(folder)
    settings = read_settings(folder)
    limits = replace(settings.limits, budget_yuan=_FIRST_BUDGET_YUAN)
    write_settings(folder, replace(settings, name=name, limits=limits))
    return read_settings(folder)


def named(folder: Path, title: str) -> None:
    """Name a district that still has the name of the template."""
    settings = read_settings(folder)
    if title.strip() and settings.name in ("New district", "新辖区"):
        write_settings(folder, replace(settings, name=title.strip()))
