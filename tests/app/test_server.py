"""What `server.py` sees to before it serves anything, in processes of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from app_pages.access import signing_view
from planner.errors import SettingsError

ROOT = Path(__file__).parents[2]
TRY = """
import json, logging, os
from streamlit import config
config.set_option("server.address", "127.0.0.1")
import server
from app_pages.access import serving

def code():
    try:
        server._guard()
    except SystemExit as ended:
        return ended.code
    return 0

told = {"open": {}, "everyone": {}}
addresses = ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "192.168.1.5", "", "office-server",
             "localhost.evil.example", "127.0.0.1.evil.example", "::ffff:10.0.0.1"]
for address in addresses:
    config.set_option("server.address", address)
    told["open"][address] = code()
    os.environ[serving.EVERYONE] = "1"
    told["everyone"][address] = code()
    os.environ[serving.EVERYONE] = "0"
    told["open"][address] = max(told["open"][address], code())
    del os.environ[serving.EVERYONE]
config.set_option("server.address", "127.0.0.1")
loose = {"server.enableXsrfProtection": False, "server.enableCORS": False,
         "server.enableAgentApi": True, "server.enableStaticServing": True,
         "server.trustedUserHeaders": {"X-User": "sub"}, "client.showErrorDetails": "full",
         "global.developmentMode": True, "logger.enableRich": True,
         "server.scriptHealthCheckEnabled": True, "server.corsAllowedOrigins": ["*"]}
for name, value in loose.items():
    config.set_option(name, value)
code()
told["still loose"] = [name for name, value in loose.items() if config.get_option(name) == value]
told["log is safe"] = getattr(logging.getLogRecordFactory(), "is_safe", False)
print(json.dumps(told))
"""


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PLANNER_", "STREAMLIT_"))}
    own = {"PYTHONPATH": str(ROOT), "PLANNER_WORKSPACE": str(folder / "districts")}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *command],
        cwd=folder,
        env={**kept, **own, "PLANNER_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_only_the_own_machine_is_served_without_a_sign_in_and_nothing_is_left_loose(
    tmp_path: Path,
) -> None:
    ran = run(["-c", TRY], tmp_path, {})
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    served = {address for address, code in told["open"].items() if code == 0}
    assert served == {"127.0.0.1", "localhost", "::1"}
    assert set(told["open"].values()) == {0, 2}
    assert set(told["everyone"].values()) == {0}
    assert told["still loose"] == []
    assert told["log is safe"]


def test_no_setting_left_in_the_environment_opens_it_to_others(tmp_path: Path) -> None:
    environment = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}  # noqa: S104 - what is refused
    served = ["run", str(ROOT / "server.py"), "--server.headless=true"]
    ran = run(["-m", "streamlit", *served], tmp_path, environment)
    assert ran.returncode == 2
    assert "--everyone-may-read-and-change" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_pages_that_no_guard_stands_before_are_refused_to_a_foreign_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = {"server.address": "127.0.0.1", "server.port": 8501, "secrets.files": []}
    monkeypatch.setattr("streamlit.get_option", options.get)
    monkeypatch.setattr(signing_view, "sign_in_needed", lambda: False)
    for host, refused in (("127.0.0.1:8501", False), ("evil.example:8501", True)):
        context = SimpleNamespace(headers={"Host": host})
        monkeypatch.setattr("streamlit.context", context)
        if refused:
            with pytest.raises(SettingsError, match="does not answer to this name"):
                signing_view._refuse_unguarded()  # noqa: SLF001 - what a page does first
        else:
            signing_view._refuse_unguarded()  # noqa: SLF001 - as above
