"""Every message a person can see exists in Chinese and English."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import planner
from planner import cli
from planner.demand.names import joined, two_names
from planner.language import Message, choose_language, note, say, use_language

ROOT = Path(planner.__file__).parent.parent
CATALOGUES = ROOT / "planner" / "locale" / "zh_CN" / "LC_MESSAGES"
CALLS = {"note", "say", "Message"}


def _constant_templates(tree: ast.AST) -> Iterator[str]:
    """Literal first arguments of note(...) and say(...), also those chosen by a condition."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and call.args):
            continue
        if isinstance(call.func, ast.Name) and call.func.id in CALLS:
            for part in _branches(call.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


def _sources() -> list[Path]:
    """Every source that is shipped: a new file, folder or entry beside these is seen too."""
    top = [path for path in ROOT.glob("*.py") if not path.name.startswith("_")]
    return sorted([*(ROOT / "planner").rglob("*.py"), *(ROOT / "app_pages").rglob("*.py"), *top])


def _templates() -> dict[str, str]:
    found = {
        template: str(path.relative_to(ROOT))
        for path in _sources()
        for template in _constant_templates(ast.parse(path.read_text(encoding="utf-8")))
    }
    groups = [group.typer_instance for group in cli.app.registered_groups]
    for command in (c for app in (cli.app, *groups) if app for c in app.registered_commands):
        assert command.callback is not None
        found[(command.callback.__doc__ or "").strip()] = command.callback.__module__
    for path in sorted((ROOT / "planner/cli").glob("*.py")):
        found |= dict.fromkeys(_helps(path), f"planner/cli/{path.name}")
    return found


def _helps(path: Path) -> list[str]:
    """Give what a module says of options and arguments on the command line."""
    return [
        str(node.value.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg == "help"
        and isinstance(node.value, ast.Constant)
    ]


def _catalogue() -> dict[str, str]:
    merged: dict[str, str] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open(encoding="utf-8") as text:
            merged.update({str(m.id): str(m.string) for m in read_po(text) if m.id})
    return merged


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_template_has_a_chinese_translation() -> None:
    catalogue = _catalogue()
    missing = {t: where for t, where in _templates().items() if t and not catalogue.get(t)}
    assert missing == {}


def test_translations_use_the_same_values_as_their_templates() -> None:
    wrong = {t: zh for t, zh in _catalogue().items() if zh and _names(t) != _names(zh)}
    assert wrong == {}


def test_one_template_has_one_translation_in_all_catalogues() -> None:
    told: dict[str, set[str]] = {}
    for path in CATALOGUES.glob("*.po"):
        with path.open(encoding="utf-8") as text:
            for message in read_po(text):
                if message.id:
                    told.setdefault(str(message.id), set()).add(str(message.string))
    assert {template: texts for template, texts in told.items() if len(texts) > 1} == {}


PASSED_ON = {
    "planner/language.py": "makes messages of the templates given to it",
    "planner/cli/program.py": "tells the helps of commands, which stand in the templates above",
    "planner/cli/telling.py": "tells how a search ended, a word that stands in `siting`",
    "planner/demand/pings/kept.py": "reads back messages that were literals when they were kept",
    "planner/streets/store.py": "reads back messages that were literals when they were kept",
    "planner/siting/telling/alternatives.py": "takes the template of a literal message",
}


def test_every_template_that_is_told_is_a_literal() -> None:
    """A template that is made up at run time would be in no catalogue, and no test would see it."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in _sources()
        if str(path.relative_to(ROOT)) not in PASSED_ON
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and call.args
        and isinstance(call.func, ast.Name)
        and call.func.id in CALLS
        and not all(
            isinstance(part, ast.Constant) and isinstance(part.value, str)
            for part in _branches(call.args[0])
        )
    ]
    assert found == []


# What scripts say ---------------------------------------------------------------------------------

SCRIPTS = sorted([*(ROOT / "planner").rglob("*.js"), *(ROOT / "app_pages").rglob("*.js")])
WORDS = ROOT / "app_pages" / "words.js"
_STRING = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
_FOR_MACHINES = re.compile(r"use strict|planner-[\w -]+|[a-z]+( [a-z]+)*")
"""Directives, classes, and names of events: no capital, no full stop."""


def _strings(path: Path) -> list[str]:
    """Literal texts of a script, without its comments."""
    code = re.sub(
        r"/\*.*?\*/|(?m:^\s*//.*$)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return ["".join(filter(None, groups)) for groups in _STRING.findall(code)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_words_of_its_own_but_takes_them_in_the_language(path: Path) -> None:
    if path == WORDS:
        return
    code = path.read_text(encoding="utf-8")
    said = [text for text in _strings(path) if re.search(r"[\u4e00-\u9fff]", text)]
    said += [
        text
        for text in _strings(path)
        if re.search(r"[A-Z][a-z]+ [a-z]{2,}", text) and not _FOR_MACHINES.fullmatch(text)
    ]
    unpaired = [text for text in said if f'plannerLanguage === "en" ? "{text}"' not in code]
    unpaired = [text for text in unpaired if f' : "{text}"' not in code]
    assert unpaired == []


def test_every_word_of_streamlit_that_is_said_in_chinese_is_one_that_it_still_uses() -> None:
    streamlit = pytest.importorskip("streamlit")
    scripts = Path(streamlit.__file__).parent.joinpath("static").rglob("*.js")
    own = "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in scripts)
    listed = re.findall(r'(?m)^ {4}"(.+?)": "(.+?)",$', WORDS.read_text(encoding="utf-8"))
    words = dict(listed)
    assert len(words) > 30
    assert [
        chinese for chinese in words.values() if not re.search(r"[\u4e00-\u9fff]", chinese)
    ] == []
    assert [english for english in words if english not in own] == []


def _texts(catalogue: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue if message.id}


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_the_compiled_catalogues_are_those_of_the_sources(path: Path) -> None:
    with path.open(encoding="utf-8") as text, path.with_suffix(".mo").open("rb") as binary:
        assert _texts(read_mo(binary)) == {k: v for k, v in _texts(read_po(text)).items() if v}


def test_a_message_is_told_in_the_language_in_use_with_its_parts_too() -> None:
    message = note("{what} {n}", what=note("Stopped."), n=3)
    assert message.text("en") == "Stopped. 3"
    assert message.text("zh") == "已停止。 3"
    use_language("en")
    assert say("Stopped.") == str(Message("Stopped.")) == "Stopped."
    use_language("zh")
    assert say("Stopped.") == "已停止。"


def test_a_sentence_shows_what_is_hidden_in_names_of_two_languages_or_of_a_list() -> None:
    group = two_names("骑手\x1b[2J", "riders\u202e")
    assert note("{what} {n}", what=group, n=3).text("zh") == "骑手‹U+001B›[2J 3"
    assert note("{what} {n}", what=joined([group, "a\u200b"]), n=3).text("en") == (
        "riders‹U+202E›, a‹U+200B› 3"
    )


def test_chinese_is_spoken_unless_english_is_asked_for() -> None:
    assert choose_language({}) == "zh"
    assert choose_language({"LANG": "C.UTF-8"}) == "zh"
    assert choose_language({"LANG": "en_GB.UTF-8"}) == "en"
    assert choose_language({"LANG": "en_GB.UTF-8", "PLANNER_LANG": "zh"}) == "zh"
    assert choose_language({"LC_ALL": "en_US", "LANG": "zh_CN"}) == "en"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of zh, en"):
        use_language("fr")
