"""What each measure is taken to cost where a district does not say it: assumptions, all of them.

Published are whole stations alone (about 3,500 yuan in premises that exist, Shapingba; 9,900 on
average, Shandong; 13,400, Xiaoxian; 80,000 for a house of its own, Xining), and that a container
stands in three days and is moved in two (Zhoushan). The price of a container is that of the house.
What longer hours, a door of its own or a table at the gate cost is published nowhere: the figures
here put into yuan what each needs. An evening is five hours of lighting and of somebody's
allowance on some of the days; a night without staff is a door that opens by itself with cameras,
and the power and cleaning of 24 hours. Premises whose rooms lie behind a counter or a hall (bank,
office) need a wall too; a shop or a depot is not left open with nobody in it.
"""

from planner.district.settings import HostCost, Measure

__all__ = ["DEFAULT_MEASURES", "EVENING_HOURS"]

EVENING_HOURS = "每天 17:00-22:00"

_DOOR = (
    HostCost(host="bank", cost_setup_yuan=30_000.0, cost_year_yuan=8_000.0),
    HostCost(host="courier_depot", cost_setup_yuan=0.0, cost_year_yuan=0.0, possible=False),
    HostCost(host="crew_room", cost_setup_yuan=6_000.0, cost_year_yuan=5_000.0),
    HostCost(host="park", cost_setup_yuan=9_900.0, cost_year_yuan=6_000.0),
    HostCost(host="shop", cost_setup_yuan=0.0, cost_year_yuan=0.0, possible=False),
    HostCost(host="union", cost_setup_yuan=30_000.0, cost_year_yuan=8_000.0),
)
"""Of a door that opens by itself, for 24 hours."""
_DUTY = (
    HostCost(host="crew_room", cost_setup_yuan=500.0, cost_year_yuan=3_000.0),
    HostCost(host="park", cost_setup_yuan=500.0, cost_year_yuan=3_000.0),
    HostCost(host="shop", cost_setup_yuan=0.0, cost_year_yuan=2_000.0),
)
"""Of evenings, where somebody is about anyway."""

DEFAULT_MEASURES: tuple[Measure, ...] = (
    Measure(id="open", cost_setup_yuan=0.0, cost_year_yuan=0.0),
    Measure(
        id="open_evening",
        cost_setup_yuan=1_000.0,
        cost_year_yuan=6_000.0,
        hosts=_DUTY,
        hours=EVENING_HOURS,
    ),
    Measure(id="open_24h", cost_setup_yuan=20_000.0, cost_year_yuan=8_000.0, hosts=_DOOR),
    Measure(
        id="container",
        cost_setup_yuan=80_000.0,
        cost_year_yuan=0.0,
        hosts=(HostCost(host="container", cost_setup_yuan=5_000.0, cost_year_yuan=10_000.0),),
    ),
    Measure(
        id="extend_evening",
        cost_setup_yuan=1_000.0,
        cost_year_yuan=6_000.0,
        hosts=_DUTY,
        hours=EVENING_HOURS,
    ),
    Measure(id="extend_24h", cost_setup_yuan=20_000.0, cost_year_yuan=8_000.0, hosts=_DOOR),
    Measure(id="list", cost_setup_yuan=200.0, cost_year_yuan=0.0),
    Measure(id="open_gate", cost_setup_yuan=3_500.0, cost_year_yuan=500.0),
    Measure(id="admit", cost_setup_yuan=500.0, cost_year_yuan=500.0),
    Measure(id="enlarge", cost_setup_yuan=8_000.0, cost_year_yuan=1_000.0, seats=10),
    Measure(id="move", cost_setup_yuan=2_000.0, cost_year_yuan=0.0, within_m=800.0),
    Measure(id="close", cost_setup_yuan=0.0, cost_year_yuan=0.0),
)
"""In the order of MEASURES."""
