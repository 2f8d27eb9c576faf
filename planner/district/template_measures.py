"""The part of a new `district.toml` that says what measures cost."""

from planner.district.defaults import DEFAULT_MEASURES
from planner.district.settings import Measure

__all__ = ["measures_toml"]

_HEAD = """
# 可以采取的措施及其费用（元）：cost_setup_yuan 为一次性投入，加在场所的建站费用之上；cost_year_yuan
# 为每年增加的运行费用。某类场所费用不同时，写在 [measures.措施.hosts.场所类型] 下；空表表示与其他
# 场所相同；possible = false 表示不可行。union_share 为工会出资比例（0 至 1），台账已填的
# 以台账为准，都未填时视为工会全额承担。方案采用哪些措施由 [limits] 的 measures 决定。均为默认假设。
# Measures and what they cost (yuan): cost_setup_yuan once, on top of what setting the venue up
# costs; cost_year_yuan is added to the running cost of a year. Where it differs at a host type it
# stands under [measures.MEASURE.hosts.HOST]; an empty table there: as at all others; possible =
# false: cannot be done. union_share: the union's part of the set-up money, 0 to 1; what the list
# of sites says comes first; said nowhere, the union pays all. Which measures a plan uses is up to
# measures under [limits]. Assumed until confirmed.
"""

_ABOUT = {
    "open": "在候选场所建站，按其通常时间开放。 Open a venue at its usual hours.",
    "open_evening": "建站并延长到晚间：hours 加到通常时间上。 Open, hours added to the usual ones.",
    "open_24h": "建站并 24 小时开放。 Open a venue around the clock.",
    "container": (
        "购置一座移动驿站；下面 hosts 为每次停放的费用，只有列出的场所类型可以停放。\n"
        "# A relocatable container; hosts: what a stay costs, at these host types alone."
    ),
    "extend_evening": "现有站点延长到晚间。 A station open into the evening: hours are added.",
    "extend_24h": "现有站点改为 24 小时开放。 A station open around the clock.",
    "list": "上地图。 Put a station on the public map.",
    "open_gate": "把服务点移到门外，不再经过门禁。 Move the table of a gated station to the gate.",
    "admit": "向所有群体开放。 Admit all groups of workers.",
    "enlarge": "增加座位 seats 个（已知可容纳人数的站点）。 Add seats where the number is known.",
    "move": (
        "迁到 within_m 米（直线）以内的候选场所，费用加在该场所建站费用之上。\n"
        "# Move to a venue within so many straight metres; comes on top of opening the venue."
    ),
    "close": "撤站，省下其运行费用。 Close a station, which saves what running it costs.",
}


def measures_toml() -> str:
    """Give [measures] with the default costs, and comments in both languages."""
    return "\n".join([_HEAD, *map(_measure_toml, DEFAULT_MEASURES)])


def _measure_toml(measure: Measure) -> str:
    """Write one measure, what it is about in both languages before it."""
    lines = [f"# {_ABOUT[measure.id]}", f"[measures.{measure.id}]"]
    if measure.id != "close":
        lines.append(f"cost_setup_yuan = {measure.cost_setup_yuan:g}")
        lines.append(f"cost_year_yuan = {measure.cost_year_yuan:g}")
    lines += [f'hours = "{measure.hours}"'] if measure.hours else []
    lines += [f"seats = {measure.seats}"] if measure.seats else []
    lines += [f"within_m = {measure.within_m:g}"] if measure.within_m else []
    lines.append("assumed = true")
    for host in measure.hosts:
        lines.append(f"[measures.{measure.id}.hosts.{host.host}]")
        if host.possible:
            lines.append(f"cost_setup_yuan = {host.cost_setup_yuan:g}")
            lines.append(f"cost_year_yuan = {host.cost_year_yuan:g}")
        else:
            lines.append("possible = false")
    return "\n".join(lines) + "\n"
