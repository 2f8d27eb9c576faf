"""Where the app and the sample are: beside the package, or inside it in an installed wheel."""

from pathlib import Path

__all__ = ["app_file", "app_settings_file", "sample_folder", "server_file"]


def _root() -> Path:
    installed = Path(__file__).parent / "_bundle"
    return installed if installed.is_dir() else Path(__file__).parent.parent


def app_file() -> Path:
    """Give the script that Streamlit runs."""
    return _root() / "app.py"


def server_file() -> Path:
    """Give the file that Streamlit starts: the app, with what guards it."""
    return _root() / "server.py"


def app_settings_file() -> Path:
    """Give the file of Streamlit's settings for the app."""
    return _root() / ".streamlit" / "config.toml"


def sample_folder() -> Path:
    """Give the folder of the embedded sample district (invented data)."""
    return _root() / "data" / "sample"
