"""What each measure costs, as a table that a person may correct."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app_pages.forms.fields import Form, open_form, save, tell
from app_pages.memory.keeping import editable, mark_now, settings_now
from planner.district import Settings
from planner.district.settings import Measure
from planner.language import say
from planner.report.words import measure_name

__all__ = ["edit_costs"]

_ROW_PX = 35
_MEASURE_PX = 276
_NUMBERS = ("cost_setup_yuan", "cost_year_yuan")


def edit_costs() -> None:
    """Let the costs of measures be changed; saving confirms them."""
    measures = settings_now().measures
    form = open_form(f"costs_{mark_now()}", measures, field="rows")
    tell(form)
    st.caption(
        say(
            "Added to what the site costs without the measure. Costs by host type are set in"
            " district.toml."
        )
    )
    with st.form(f"{form.key}_form", border=False):
        _draw(form)
        st.form_submit_button(
            say("Save and confirm"),
            type="primary",
            on_click=_send,
            args=(form,),
            disabled=not editable(),
        )


def _draw(form: Form[tuple[Measure, ...]]) -> None:
    st.data_editor(
        {
            "measure": [measure_name(each.id) for each in form.shown],
            "cost_setup_yuan": [each.cost_setup_yuan for each in form.shown],
            "cost_year_yuan": [each.cost_year_yuan for each in form.shown],
            "assumed": [each.assumed for each in form.shown],
        },
        hide_index=True,
        num_rows="fixed",
        height=_ROW_PX * (len(form.shown) + 1) + 3,
        width="stretch",
        disabled=["measure", "assumed"],
        column_config={
            "measure": st.column_config.TextColumn(say("Measure"), width=_MEASURE_PX),
            "cost_setup_yuan": st.column_config.NumberColumn(
                say("Set-up cost (yuan)"), step=100.0, format="localized", required=True
            ),
            "cost_year_yuan": st.column_config.NumberColumn(
                say("Running cost (yuan a year)"),
                step=100.0,
                format="localized",
                required=True,
            ),
            "assumed": st.column_config.CheckboxColumn(say("Assumed")),
        },
        key=f"{form.key}_rows",
    )


def _send(form: Form[tuple[Measure, ...]]) -> None:
    edited = st.session_state[f"{form.key}_rows"]["edited_rows"]
    typed = tuple(_changed(each, edited.get(at, {})) for at, each in enumerate(form.shown))
    save(
        form,
        typed,
        now_of=lambda settings: settings.measures,
        change=_with_measures,
    )


def _changed(measure: Measure, edited: dict[str, Any]) -> Measure:
    named: dict[str, Any] = {
        name: float(edited[name]) for name in _NUMBERS if edited.get(name) is not None
    }
    return replace(measure, **named, assumed=False)


def _with_measures(settings: Settings, measures: tuple[Measure, ...]) -> Settings:
    return replace(settings, measures=measures)
