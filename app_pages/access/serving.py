"""Where the app can be reached from, and whether it may: what is checked before it starts."""

import functools
import ipaddress
import os
import re
import socket
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config

from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError
from planner.language import note

__all__ = [
    "EVERYONE",
    "everyone_may",
    "host_of",
    "hosts",
    "is_number",
    "on_own_machine",
    "outer_path",
    "own_address",
    "refuse_foreign_name",
    "refuse_unguarded",
    "sign_in_settings",
    "with_safe_options",
    "with_secrets_of_workspace",
]

EVERYONE = "PLANNER_EVERYONE_MAY_READ_AND_CHANGE"
"""Set to 1 by `planner app --everyone-may-read-and-change`."""
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_SHORTEST_SECRET = 32
_SECRETS = "secrets.files"
_ANY = ("0.0.0.0", "::")  # noqa: S104 - what stands for every address of the machine
_OWN_NAMES = ("localhost", "127.0.0.1", "::1")
_SAFE: Mapping[str, Any] = {
    "client.showErrorDetails": "none",
    "global.developmentMode": False,
    "global.disableWidgetStateDuplicationWarning": True,  # it fills the log with traces
    "logger.enableRich": False,  # it prints exceptions past what keeps the log plain
    "server.corsAllowedOrigins": [],
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.scriptHealthCheckEnabled": False,
    "server.trustedUserHeaders": {},
}
"""What a setting of Streamlit, left in the environment or in a folder, may not open again."""


def everyone_may() -> bool:
    """Tell whether whoever reaches the app may use it, as the person who started it said."""
    return os.environ.get(EVERYONE) == "1"


def on_own_machine() -> bool:
    """Tell whether the app can be reached from the machine alone that it runs on."""
    return _is_loopback(st.get_option("server.address"))


def with_secrets_of_workspace() -> None:
    """Let Streamlit also read `secrets.toml` of the workspace, unless it was told which to read."""
    path = str(workspace().root.absolute() / "secrets.toml")
    if not config.is_manually_set(_SECRETS) and path not in st.get_option(_SECRETS):
        config.set_option(_SECRETS, [*st.get_option(_SECRETS), path])


def sign_in_settings() -> Mapping[str, Any] | None:
    """Give `[auth]` of the secrets; None where there is none.

    Raises
    ------
    SettingsError
        If a file of secrets is damaged, or `[auth]` is not whole: the app would else stand open.
    """
    merged: dict[str, Any] = {}
    for name in st.get_option(_SECRETS):
        merged |= _secrets_in(Path(name))
    auth = merged.get("auth")
    if auth is None:
        return None
    if not isinstance(auth, dict):
        raise SettingsError(note("[auth] of the secrets must be a table of settings."))
    _refuse_unfinished(auth)
    return auth


def refuse_unguarded(auth: Mapping[str, Any] | None) -> None:
    """Refuse to be reached from other machines where nobody signs in, unless told so.

    Raises
    ------
    SettingsError
        With what to do.
    """
    if auth or everyone_may() or on_own_machine():
        return
    address = st.get_option("server.address") or _ANY[0]  # as Streamlit then does
    raise SettingsError(
        note(
            "At the address {address} other machines could reach the planner, and nobody has to"
            " sign in: everybody who finds it could read and change every district. Either let"
            " people sign in: planner app --secrets FILE (the file has a table [auth] with"
            " redirect_uri, cookie_secret, client_id, client_secret and server_metadata_url)."
            " Or stay on this machine: leave out --address. Or, where everyone in the network"
            " may read and change everything: planner app --address {address}"
            " --everyone-may-read-and-change.",
            address=address,
        )
    )


def refuse_foreign_name(host: str | None) -> None:
    """Refuse to be asked for by another name than this machine's own, where no guard does.

    Raises
    ------
    SettingsError
        With what to do.
    """
    names = hosts(None)
    if host is None or host_of(host) in names or (everyone_may() and is_number(host_of(host))):
        return
    raise SettingsError(
        note(
            "The planner does not answer to this name. Open it at {address}", address=own_address()
        )
    )


def hosts(auth: Mapping[str, Any] | None) -> frozenset[str]:
    """Give the names by which the app may be asked for.

    A page of somebody else can make a browser take a foreign name for this machine; by the name
    that it then asks for it is found out. Where everyone may use the app, these are the names that
    the machine knows itself by and those of `server.allowedHosts`; addresses in numbers are then
    let through beside them, since no foreign page can have one.
    """
    named = {urlsplit(str(auth["redirect_uri"])).hostname or ""} if auth else set()
    if everyone_may() and not auth:
        named |= {*_names_of_machine(), str(st.get_option("server.address") or "")} - {*_ANY}
        named |= {str(each) for each in st.get_option("server.allowedHosts") or []}
    return frozenset([*_OWN_NAMES, *(name.strip().lower().rstrip(".") for name in named if name)])


@functools.cache
def _names_of_machine() -> frozenset[str]:
    return frozenset((socket.gethostname(), socket.getfqdn()))  # may ask a network


def host_of(header: str) -> str:
    """Give the name in a header `Host`, in small letters and without the port; "": it has none."""
    host = header.lower().rstrip(".")
    name = re.fullmatch(r"\[([0-9a-f:.]+)\](?::\d+)?|([^:\[\]]*)(?::\d+)?", host)
    return (name[1] or name[2]).rstrip(".") if name else ""


def outer_path(auth: Mapping[str, Any] | None) -> str:
    """Give the path below which browsers find the app; "": none."""
    if auth is None:
        return str(st.get_option("server.baseUrlPath") or "").strip("/")
    return urlsplit(str(auth["redirect_uri"])).path.removesuffix("oauth2callback").strip("/")


def own_address() -> str:
    """Give the address at which the app is opened on this machine, or where people sign in."""
    auth = sign_in_settings()
    if auth:
        return str(auth["redirect_uri"]).removesuffix("oauth2callback")
    address = st.get_option("server.address") or _ANY[0]
    host = "127.0.0.1" if address in _ANY else address
    shown = f"[{host}]" if ":" in host else host
    below = outer_path(None)
    return f"http://{shown}:{st.get_option('server.port')}/{f'{below}/' if below else ''}"


def with_safe_options() -> None:
    """Set what the guard counts on, whatever stands in the environment or in a file of settings."""
    for name, value in _SAFE.items():
        config.set_option(name, value)


def _secrets_in(path: Path) -> Mapping[str, Any]:
    if path.is_dir() or not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        # What stands in it is told to nobody, not even where it is wrong.
        raise SettingsError(
            note("The file of secrets {file} cannot be read. Correct it.", file=path)
        ) from None


def _refuse_unfinished(auth: Mapping[str, Any]) -> None:
    named = [each for each in auth.values() if isinstance(each, dict) and "client_id" in each]
    providers: Sequence[Mapping[str, Any]] = named or [auth]
    missing = _missing(auth, ("redirect_uri", "cookie_secret"))
    for provider in providers:
        missing += _missing(provider, _NEEDED)
    if missing:
        raise SettingsError(
            note("[auth] of the secrets lacks {names}.", names=", ".join(dict.fromkeys(missing)))
        )
    if len(auth["cookie_secret"]) < _SHORTEST_SECRET:
        raise SettingsError(
            note(
                "cookie_secret in [auth] of the secrets has fewer than {most} characters, so it"
                " could be guessed. Make a new one by chance: python -c"
                ' "import secrets; print(secrets.token_hex(32))".',
                most=_SHORTEST_SECRET,
            )
        )
    if not auth["redirect_uri"].endswith("/oauth2callback"):
        raise SettingsError(
            note("redirect_uri in [auth] of the secrets must end with /oauth2callback.")
        )


def _missing(table: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [name for name in names if not isinstance(table.get(name), str) or not table[name]]


def is_number(host: str) -> bool:
    """Tell whether a host is an address in numbers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
