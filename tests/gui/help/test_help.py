"""The guide's window, the page of keys, the tour, and the help buttons of the panes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QDialog, QToolButton
from pytestqt.qtbot import QtBot

from core.base.settings import load_settings
from gui.dialogs.shortcuts import OTHERS, ShortcutsDialog
from gui.help import tools as help_tools
from gui.help.browser import GuideBrowser
from gui.help.guide import search
from gui.help.tools import PANE_HELP, HelpTools
from gui.help.tour import STEPS
from gui.help.window import GuideWindow
from gui.window.main_window import MainWindow
from tests.support.waiting import WAIT
from tools.guide import build


@pytest.fixture
def tools(window: MainWindow) -> HelpTools:
    found = window.findChild(HelpTools)
    assert found is not None
    return found


@pytest.fixture
def guide(tools: HelpTools, qtbot: QtBot) -> GuideWindow:
    tools.show_page("index")
    assert tools.guide is not None
    qtbot.waitExposed(tools.guide, timeout=WAIT)
    return tools.guide


def test_f1_opens_the_guide_inside_the_app(
    window: MainWindow, tools: HelpTools, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert tools.guide is not None
    assert tools.guide.isVisible()
    assert tools.guide.browser.page.name == "index"


def test_the_web_pages_are_offered_where_they_were_built(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A checkout has none, an installed program has them beside the Markdown.
    assert not window.lab.actions.is_bound("help.web-guide")
    assert build(tmp_path, pictures=False)
    monkeypatch.setattr(help_tools, "docs_dir", lambda: tmp_path)
    opened: list[QUrl] = []
    monkeypatch.setattr(help_tools.QDesktopServices, "openUrl", opened.append)
    HelpTools(window)
    window.lab.actions.trigger("help.web-guide")
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path / "index.html"]


def test_the_guide_closes_with_the_window(window: MainWindow, guide: GuideWindow) -> None:
    window.close_without_asking()
    assert not guide.isVisible()


def test_a_link_opens_another_page_and_back_returns(guide: GuideWindow) -> None:
    guide.browser.anchorClicked.emit(QUrl("glossary.md"))
    assert guide.browser.page.name == "glossary"
    assert guide.back.isEnabled()
    guide.back.click()
    assert guide.browser.page.name == "index"
    guide.forward.click()
    assert guide.browser.page.name == "glossary"


def test_a_link_to_a_heading_scrolls_to_it(guide: GuideWindow) -> None:
    guide.open_page("formulas")
    assert guide.browser.verticalScrollBar().value() == 0
    guide.browser.anchorClicked.emit(QUrl("#network-inspector"))
    assert guide.browser.page.name == "formulas"
    assert guide.browser.verticalScrollBar().value() > 0
    assert guide.browser.textCursor().block().text() == "Network inspector"


def test_nothing_outside_the_guide_is_opened_but_addresses(
    guide: GuideWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(guide.browser, "open_outside", lambda url: opened.append(url.toString()))
    guide.browser.anchorClicked.emit(QUrl("file:///etc/passwd"))
    guide.browser.anchorClicked.emit(QUrl("nowhere.md"))
    assert guide.browser.page.name == "index"
    guide.browser.anchorClicked.emit(QUrl("https://example.org/"))
    assert opened == ["https://example.org/"]


def test_pictures_never_exceed_the_page(guide: GuideWindow) -> None:
    guide.open_page("inspector")
    guide.resize(700, 500)
    QApplication.processEvents()
    guide.browser._fit()
    assert guide.browser.horizontalScrollBar().maximum() == 0


def test_search_lists_sections_of_all_pages_and_enter_reads_the_first(
    guide: GuideWindow, qtbot: QtBot
) -> None:
    qtbot.keyClicks(guide.query, "newcombe")
    assert guide.list.count() > 0
    first = search(guide.pages, "newcombe")[0].section
    assert guide.list.item(0).text().startswith(first.title)
    qtbot.keyClick(guide.query, Qt.Key.Key_Return)
    assert guide.browser.page.name == first.page
    qtbot.keyClicks(guide.query, " zebrafish")
    assert guide.list.count() == 0
    assert guide.nothing.isVisible()
    qtbot.keyClick(guide, Qt.Key.Key_Escape)
    assert guide.query.text() == ""
    assert guide.list.count() == len(guide.pages)
    qtbot.keyClick(guide, Qt.Key.Key_Escape)
    assert not guide.isVisible()


def test_the_page_follows_the_theme(window: MainWindow, guide: GuideWindow) -> None:
    window.lab.change_settings(theme="dark")
    assert guide.browser.palette().base().color().lightness() < 80
    assert guide.browser.page.name == "index"


def test_r84_a_page_is_laid_out_once_it_is_whole(
    guide: GuideWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page on the screen is laid out again after each change: seconds for a long one."""
    changed: list[int] = []
    take = GuideBrowser.setDocument

    def watched(browser: GuideBrowser, document: QTextDocument) -> None:
        take(browser, document)
        document.contentsChange.connect(lambda *change: changed.append(change))

    monkeypatch.setattr(GuideBrowser, "setDocument", watched)
    guide.open_page("results-embedded")
    assert guide.browser.page.name == "results-embedded"
    assert "<table" in guide.browser.toHtml()
    assert changed == []


@pytest.mark.parametrize("name", PANE_HELP)
def test_every_pane_has_a_button_that_opens_its_formulas(
    window: MainWindow, tools: HelpTools, name: str
) -> None:
    dock = window.docks[name]
    wanted = f"Help on {dock.windowTitle()}"
    buttons = [b for b in dock.findChildren(QToolButton) if b.accessibleName() == wanted]
    assert len(buttons) == 1
    buttons[0].click()
    page, anchor = PANE_HELP[name]
    assert tools.guide.browser.page.name == page
    heading = tools.guide.browser.textCursor().block().text()
    assert heading.lower().replace(" ", "-") == anchor


def test_no_pane_is_without_help(window: MainWindow) -> None:
    assert set(window.docks) == set(PANE_HELP)


def test_shift_f1_opens_the_formulas_of_the_pane_with_the_focus(
    window: MainWindow, tools: HelpTools
) -> None:
    window.lab.actions.trigger("view.show-prediction")
    window.lab.actions.trigger("help.pane")
    assert tools.guide.browser.textCursor().block().text() == "Prediction"


def test_the_glossary_opens_from_the_menu(window: MainWindow, tools: HelpTools) -> None:
    window.lab.actions.trigger("help.glossary")
    assert tools.guide.browser.page.name == "glossary"


def test_the_page_of_keys_lists_every_command_and_is_searched(
    window: MainWindow, qtbot: QtBot
) -> None:
    actions = window.lab.actions
    dialog = ShortcutsDialog(actions, window)
    try:
        shown = dialog.table.rows()
        bound = [spec for spec in actions if actions.is_bound(spec.id)]
        assert len(shown) == len(bound) + len(OTHERS)
        for spec in bound:
            keys = actions[spec.id].shortcut().toString() or "—"
            assert (spec.text.rstrip("…"), keys, spec.menu or "Palette") in shown
        qtbot.keyClicks(dialog.table.query, "ctrl+k")
        assert dialog.table.rows() == [("Search actions", "Ctrl+K", "Help")]
        qtbot.keyClicks(dialog.table.query, " nonsense")
        assert dialog.table.rows() == []
    finally:
        dialog.deleteLater()


def test_the_tour_has_three_steps_by_keys_and_is_shown_once(
    window: MainWindow, tools: HelpTools, qtbot: QtBot
) -> None:
    assert len(STEPS) == 3
    window.activateWindow()
    tools.offer_tour()
    tour = tools.tour
    assert tour is not None
    assert tour.isVisible()
    for step in range(3):
        assert tour.step == step
        assert tour.title.text() == STEPS[step].title
        assert tour.geometry().intersected(window.rect()) == tour.geometry()
        qtbot.keyClick(tour.next, Qt.Key.Key_Return)
    assert tools.tour is None
    window.lab.finish_writing()
    assert load_settings()[0].tour_seen
    tools.offer_tour()
    assert tools.tour is None


def test_arrows_leaf_through_the_tour_and_other_keys_do_not(
    window: MainWindow, tools: HelpTools, qtbot: QtBot
) -> None:
    tools.offer_tour()
    tour = tools.tour
    for key, step in (
        (Qt.Key.Key_Left, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_A, 1), (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Left, 1),
    ):  # fmt: skip
        qtbot.keyClick(tour, key)
        assert tour.step == step
        assert tour.title.text() == STEPS[step].title
    tour.end()


def test_escape_skips_the_tour_and_the_menu_brings_it_again(
    window: MainWindow, tools: HelpTools, qtbot: QtBot
) -> None:
    tools.offer_tour()
    qtbot.keyClick(tools.tour.next, Qt.Key.Key_Escape)
    assert tools.tour is None
    assert window.lab.settings.tour_seen
    window.lab.actions.trigger("help.tour")
    assert tools.tour.isVisible()
    tools.tour.skip.click()


def test_the_tour_waits_until_a_dialog_has_gone(
    window: MainWindow, tools: HelpTools, qtbot: QtBot
) -> None:
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.show()
    tools.offer_tour()
    assert not tools.tour.isVisible()
    dialog.close()
    dialog.deleteLater()
    qtbot.waitUntil(lambda: tools.tour.isVisible(), timeout=WAIT)
    tools.tour.end()
