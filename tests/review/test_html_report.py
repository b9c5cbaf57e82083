"""HTML report in a real browser: any width, light and dark, keyboard, no network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from review.render.html_report import html_report
from tests.browser import chromium
from tests.review.reports import changed, replaced, report, yes_to

PHONE, DESK = 360, 1280


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    long = "GoodiesProdDataDatabaseInstanceSecret9BDAC8A93fdaad7efa858a3daf9490cf0a702aeb" * 3
    yes = yes_to(replaced("Other/Instance"))
    changes = [
        replaced("Database/Instance"),
        replaced("Other/Instance"),
        changed("Function", value=long),
        changed(long),
    ]
    changes.append(changed("Evil", value="<script>document.title = 'owned'</script>"))
    written = tmp_path_factory.mktemp("page") / "report.html"
    written.write_text(html_report(report(changes, [yes])))
    return written


def opened(browser: Browser, file: Path, width: int = DESK, scheme: str = "light") -> Page:
    sheet = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sheet.goto(file.as_uri())
    return sheet


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_is_wider_than_the_screen(browser: Browser, file: Path, width: int) -> None:
    sheet = opened(browser, file, width)
    sheet.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = (
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert sheet.evaluate(too_wide) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser: Browser, file: Path, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    sheet = opened(browser, file, scheme=scheme)
    sheet.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert sheet.evaluate(_TOO_FAINT) == []


def test_light_and_dark_differ(browser: Browser, file: Path) -> None:
    behind = {
        opened(browser, file, scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(behind) == 2


def test_the_keyboard_reaches_the_details_and_opens_them(browser: Browser, file: Path) -> None:
    sheet = opened(browser, file)
    for _ in range(10):
        sheet.keyboard.press("Tab")
        if sheet.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    outline = sheet.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    sheet.keyboard.press("Enter")
    assert sheet.evaluate("document.activeElement.parentElement.open")
    assert outline == "solid"


def test_a_stack_in_the_table_opens_its_details(browser: Browser, file: Path) -> None:
    sheet = opened(browser, file)
    sheet.click("table a")
    sheet.wait_for_function("document.querySelector('details').open")


def test_it_asks_nobody_for_anything(browser: Browser, file: Path) -> None:
    sheet = browser.new_page()
    requested: list[str] = []
    sheet.on("request", lambda request: requested.append(request.url))
    sheet.goto(file.as_uri(), wait_until="networkidle")
    assert [url for url in requested if not url.startswith("data:")] == [file.as_uri()]


def test_values_of_a_template_are_text(browser: Browser, file: Path) -> None:
    sheet = opened(browser, file)
    assert sheet.title() == "1 danger needs approval · 5 changes in prod on AWS"
    assert sheet.locator("script").count() == 0


def test_it_reads_like_the_comment(browser: Browser, file: Path) -> None:
    text = opened(browser, file).locator("main").inner_text()
    for words in (
        f"To allow: Allow-Replace: GoodiesProd-Data/Database/Instance {yes_to(replaced('Database/Instance')).digest}",
        "allowed by Ada in abc1234: it is empty",
        "1,000 → 1,100 (+100)",
        "2 replaced, 3 changed",
    ):
        assert words in text


_TOO_FAINT = """() => {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(e).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('main *')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .map((e) => {
      const [one, other] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
      return [e.textContent.trim().slice(0, 40), (one + 0.05) / (other + 0.05)];
    })
    .filter(([, contrast]) => contrast < 4.5);
}"""
