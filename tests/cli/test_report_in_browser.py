"""The report in a browser: it opens without a network, sorts, filters, hides, and fits every screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install '.[dev]'")

from playwright.sync_api import Browser, Page

from seqexp.cli.main import main
from tests.browser import chromium, needs_chromium, watched
from tests.reporting.page.study import EVIL, record_study

pytestmark = needs_chromium

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of the study."""
    folder = tmp_path_factory.mktemp("study")
    store = record_study(folder)
    assert main(["report", "--uri", store.uri, "-o", str(folder / "report.html")]) == 0
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def names(page: Page, task: str = "t1") -> list[str]:
    """Return the leaderboard's lines from top to bottom, without those that are left out."""
    return page.locator(f"#{task}-board tbody:visible > tr:first-child .text").all_inner_texts()


def drawn(page: Page, chart: str) -> list[dict[str, Any]]:
    """Return the traces of a picture that can be seen."""
    page.locator(f"#{chart}").scroll_into_view_if_needed()
    page.locator(f"#{chart} .main-svg").first.wait_for()
    return page.evaluate(
        f"document.getElementById('{chart}').data.filter(t => t.visible !== false && t.visible !== 'legendonly')"
        ".map(t => ({name: t.name, colour: t.line && t.line.color, line: t.meta && t.meta.line}))"
    )


def awaited(page: Page, expression: str) -> None:
    """Wait until an expression holds: the page's policy forbids Playwright's own way, which evaluates a string."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def column(page: Page, heading: str) -> list[str]:
    """Return the cells of a column of the groups that can be seen."""
    headings = page.locator("#t1-board thead button").all_inner_texts()
    at = [text.strip() for text in headings].index(heading)
    rows = page.locator("#t1-board tbody:visible:not(.baseline) > tr:first-child")
    return [rows.nth(place).locator("th, td").nth(at).inner_text() for place in range(rows.count())]


def test_it_opens_without_a_network_and_sorts_filters_and_hides(browser: Browser, report: str) -> None:
    with watched(browser, viewport=DESKTOP, offline=True) as seen:
        page = seen.page
        page.goto(report)
        assert page.title() == "seqexp report"
        before = names(page)
        assert EVIL in before

        page.locator("#t1-board .columns").click()  # the page has not room for all of them
        page.get_by_role("button", name="parameters").last.click()
        parameters = [int(cell.replace(",", "")) for cell in column(page, "parameters")]
        assert parameters == sorted(parameters)
        page.get_by_role("button", name="parameters").last.click()
        assert [int(cell.replace(",", "")) for cell in column(page, "parameters")] == sorted(parameters, reverse=True)
        page.get_by_role("button", name="parameters").last.click()
        assert names(page) == before

        assert len({trace["line"] for trace in drawn(page, "t1-curves")} - {None}) == 9
        page.locator("#t1-board .filter").fill("step=3 units")
        assert sorted(names(page)) == ["step=3 units=16", "step=3 units=8"]
        assert sorted(trace["name"] for trace in drawn(page, "t1-curves") if trace["line"]) == sorted(names(page))
        page.locator("#t1-board .all").click()
        assert names(page) == before

        page.get_by_label("draw linear", exact=True).uncheck()
        assert "linear" not in [trace["name"] for trace in drawn(page, "t1-curves")]
        page.get_by_label("the 3 runs of gru").click()
        page.get_by_label("draw gru seed=2").uncheck()
        assert [trace["name"] for trace in drawn(page, "t1-curves")].count("gru") == 2

        # A forecast goes with the tick of its line, and with that of the run that it is of.
        shown = [trace["name"] for trace in drawn(page, "t1-first")]
        best = names(page)[0]
        assert best in shown
        tick = page.locator('#t1-board input[data-line="t1g0r0"]')
        assert tick.count() == 1
        tick.evaluate("box => box.click()")
        assert [trace["name"] for trace in drawn(page, "t1-first")] == [name for name in shown if name != best]

        # No button sends anything anywhere.
        buttons = page.locator(".modebar-btn").evaluate_all("buttons => buttons.map(button => button.dataset.title)")
        assert set(buttons) == {"Zoom", "Pan", "Reset axes", "Download plot as a PNG"}
        assert seen.complaints == []
        assert seen.requests == [report]


@pytest.mark.slow
def test_all_pictures_are_drawn_in_light_and_dark(browser: Browser, report: str) -> None:
    for scheme in ("light", "dark"):
        with watched(browser, viewport=DESKTOP, color_scheme=scheme) as seen:
            page = seen.page
            page.goto(report)
            charts = page.locator(".chart").evaluate_all("charts => charts.map(chart => chart.id)")
            assert len(charts) == 10
            colours = {chart: drawn(page, chart) for chart in charts}
            assert all(colours.values())
            ink = page.evaluate("getComputedStyle(document.body).color")
            assert ink == ("rgb(31, 35, 40)" if scheme == "light" else "rgb(230, 234, 240)")
            actual = next(trace for trace in colours["t1-first"] if trace["name"] == "actual")
            assert actual["colour"] == ("#1F2328" if scheme == "light" else "#E6EAF0")
            page.locator("#theme").click()
            actual = next(trace for trace in drawn(page, "t1-first") if trace["name"] == "actual")
            assert actual["colour"] == ("#E6EAF0" if scheme == "light" else "#1F2328")
            assert (seen.complaints, seen.requests) == ([], [report])


def test_a_leaderboard_needs_no_scroll_bar_on_a_desktop(browser: Browser, report: str) -> None:
    with watched(browser, viewport=DESKTOP) as seen:
        page = seen.page
        page.goto(report)
        wide = (
            "boards => boards.filter(each => each.querySelector('.scroll').scrollWidth >"
            " each.querySelector('.scroll').clientWidth).length"
        )
        assert page.locator(".board").evaluate_all(wide) == 0
        headings = page.locator("#t1-board thead th:visible button")
        shown = headings.all_inner_texts()
        assert {"name", "rank", "val MAE", "test MAE"} <= {text.strip() for text in shown}
        button = page.locator("#t1-board .columns")
        hidden = int(button.inner_text().split("(")[1].split()[0])
        button.click()
        assert headings.count() == len(shown) + hidden
        button.click()
        assert headings.all_inner_texts() == shown


@pytest.mark.slow
def test_a_phone_scrolls_the_page_only_up_and_down(browser: Browser, report: str) -> None:
    with watched(browser, viewport=PHONE, has_touch=True, is_mobile=True) as seen:
        page = seen.page
        page.goto(report)
        for chart in page.locator(".chart").evaluate_all("charts => charts.map(chart => chart.id)"):
            assert drawn(page, chart)
        for details in page.locator("details").all():
            details.evaluate("details => details.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        widest = page.locator(".chart").evaluate_all("charts => Math.max(...charts.map(chart => chart.scrollWidth))")
        assert widest <= PHONE["width"]
        assert seen.complaints == []


@pytest.mark.slow
def test_a_keyboard_is_enough(browser: Browser, report: str) -> None:
    with watched(browser, viewport=DESKTOP) as seen:
        page = seen.page
        page.goto(report)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("#t1-board thead button").nth(1).focus()
        page.keyboard.press("Enter")
        assert page.locator("#t1-board thead th").nth(1).get_attribute("aria-sort") == "ascending"
        page.get_by_label("draw linear", exact=True).focus()
        page.keyboard.press("Space")
        assert not page.get_by_label("draw linear", exact=True).is_checked()
        page.get_by_label("the 3 runs of gru").focus()
        page.keyboard.press("Enter")
        assert page.get_by_label("draw gru seed=1").is_visible()


@pytest.mark.slow
def test_what_a_reader_zoomed_to_outlasts_ticks_filters_and_colours(browser: Browser, report: str) -> None:
    with watched(browser, viewport=DESKTOP) as seen:
        page = seen.page
        page.goto(report)
        assert len(drawn(page, "t1-first")) == 5  # actual, naive, and three runs from the beginning
        assert drawn(page, "t1-curves")
        box = page.locator("#t1-curves .nsewdrag").first.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
        page.mouse.up()
        ranges = "['xaxis', 'yaxis'].map(axis => document.getElementById('t1-curves').layout[axis].range)"
        awaited(page, f"{ranges}[0][1] - {ranges}[0][0] < 1.5")
        zoomed = page.evaluate(ranges)

        page.get_by_label("draw linear", exact=True).uncheck()
        assert "linear" not in [trace["name"] for trace in drawn(page, "t1-curves")]
        assert page.evaluate(ranges) == zoomed
        page.locator("#t1-board .filter").fill("gru")
        page.locator("#t1-board .all").click()
        assert "linear" in [trace["name"] for trace in drawn(page, "t1-curves")]
        assert page.evaluate(ranges) == zoomed
        page.locator("#theme").click()
        assert page.evaluate(ranges) == zoomed

        page.locator("#t1-curves .nsewdrag").first.dblclick()
        awaited(page, f"{ranges}[0][1] - {ranges}[0][0] > 2")  # all is there again

        # A line that the legend hid stays hidden.
        assert drawn(page, "t1-first")
        page.locator("#t1-first .legend .traces").filter(has_text="naive").locator(".legendtoggle").click()
        awaited(page, "document.getElementById('t1-first').data[0].visible === 'legendonly'")
        page.locator("#theme").click()
        assert len(drawn(page, "t1-first")) == 4
        assert seen.complaints == []


@pytest.mark.slow
def test_the_legend_and_the_ticks_agree(browser: Browser, report: str) -> None:
    with watched(browser, viewport=DESKTOP) as seen:
        page = seen.page
        page.goto(report)
        assert "linear" in [trace["name"] for trace in drawn(page, "t1-curves")]
        entry = page.locator("#t1-curves .legend .traces").filter(has_text="linear")
        entry.locator(".legendtoggle").click()
        page.wait_for_function("!document.querySelector('input[aria-label=\"draw linear\"]').checked")
        assert "linear" not in [trace["name"] for trace in drawn(page, "t1-curves")]
        assert seen.complaints == []


@pytest.mark.slow
def test_without_scripts_the_tables_are_there(browser: Browser, report: str) -> None:
    with watched(browser, java_script_enabled=False) as seen:
        seen.page.goto(report)
        assert EVIL in names(seen.page)
        assert not seen.page.locator("#t1-board .filter").is_visible()


@pytest.mark.slow
def test_paper_has_every_picture_in_light_colours(browser: Browser, report: str, tmp_path: Path) -> None:
    with watched(browser, viewport=DESKTOP, color_scheme="dark") as seen:
        page = seen.page
        page.goto(report)
        page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
        assert (tmp_path / "report.pdf").stat().st_size > 50_000
        undrawn = page.locator(".chart").evaluate_all("charts => charts.filter(chart => !chart.data).length")
        assert undrawn == 0
