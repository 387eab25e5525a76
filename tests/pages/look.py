#!/usr/bin/env python3
"""Opens a page of `headroom report` in a real Chromium and looks at it as its readers do.

usage: look.py PAGE [--chromium PROGRAM] [--pictures FOLDER] [--plots NAME,NAME...] [--top FILE]

Checked at 1280 and 390 pixels, light and dark: nothing is fetched, no error is told, every plot has ink, a mouse and
the arrow keys read values, every plot has a name and a table beside it, and nothing is wider than the window.
--plots: names that must be among the plots. --top: a picture of the page down to its first table, wide and light, as
README.md shows one. Exit status 0: all is well; 1: what is not stands on standard error;
77: Playwright or Chromium cannot be had.
"""
import argparse
import os
import pathlib
import shutil
import sys

SIZES = (("wide", 1280, 900), ("narrow", 390, 844))
INK = """box => { const c = box.querySelector('canvas'); if (!c || !c.width) return -1;
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const seen = new Set(); let n = 0;
  for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 100) { n++; seen.add(d[i] >> 5 << 10 | d[i + 1] >> 5 << 5 | d[i + 2] >> 5); }
  return seen.size > 2 ? n : 0; }"""


def look(page, name, wrong, plots):
    def require(good, what):
        if not good:
            wrong.append(f"{name}: {what}")

    require(page.evaluate("document.documentElement.dataset.ready") == "yes", "the page's program did not reach its end")
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    require(wider <= 0, f"the page is {wider} px wider than the window")
    contrast = page.evaluate(
        """() => { const s = getComputedStyle(document.body), l = c => { const v = c.match(/[0-9.]+/g).slice(0, 3).map(x => x / 255)
          .map(x => x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4)); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const a = l(s.color), b = l(s.backgroundColor); return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }""")
    require(contrast >= 7, f"the contrast of the text is {contrast:.1f}, must be at least 7")
    figures = page.locator("figure[data-plot]")
    found = [figures.nth(k).get_attribute("data-plot") for k in range(figures.count())]
    for plot in plots:
        require(plot in found, f"there is no plot '{plot}', there are {', '.join(found)}")
    for k in range(figures.count()):
        figure, what = figures.nth(k), f"plot {k + 1} ({found[k]})"
        box = figure.locator(".canvas")
        require(box.evaluate(INK) > 200, f"{what} has no ink")
        require(len(box.get_attribute("aria-label") or "") > 10, f"{what} has no name for a screen reader")
        # The keyboard: the arrows move the cursor, and the values are told.
        box.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        told = figure.locator(".readout").inner_text()
        require(":" in told and any(c.isdigit() for c in told), f"{what} tells nothing to the keyboard: '{told}'")
        # The mouse: the legend has the values.
        over = figure.locator(".u-over")
        over.scroll_into_view_if_needed()
        size = over.bounding_box()
        values = ""
        for share in (0.35, 0.5, 0.65, 0.8):
            page.mouse.move(size["x"] + share * size["width"], size["y"] + 0.5 * size["height"])
            page.wait_for_timeout(40)
            values = " ".join(figure.locator(".u-series:not(.u-off) .u-value").all_inner_texts())
            if any(c.isdigit() for c in values):
                break
        require(any(c.isdigit() for c in values), f"{what} shows no value under the mouse")
    if "level" in found:
        hover_level(page, require)
    if page.locator("table.cells").count():
        texts = page.locator("table.cells").first.locator("td").all_inner_texts()
        require(any(any(c.isdigit() for c in t) for t in texts), "the table of loads and backlogs is empty")
    require(page.locator("table").count() > 0, "there is no table beside the plots")
    for table in page.locator("table.numbers").all():
        require(table.locator("th[scope]").count() > 0, "a table has no heads that a screen reader can tell")
        require(any(c.isdigit() for c in table.text_content()), "a table has no number")


def hover_level(page, require):
    """The nearest point is named where the mouse stands."""
    over = page.locator("figure[data-plot=level] .u-over").first
    over.scroll_into_view_if_needed()
    size = over.bounding_box()
    shown = ""
    for x in range(5, 100, 3):
        for y in range(5, 100, 6):
            page.mouse.move(size["x"] + x / 100 * size["width"], size["y"] + y / 100 * size["height"])
            tip = over.locator(".tip")
            if tip.is_visible():
                shown = tip.inner_text()
                break
        if shown:
            break
    require(any(c.isdigit() for c in shown), "no point of level against cost is named under the mouse")


def toggles(page, wrong):
    """A box without its tick takes a policy out of all panels; a drag zooms them together."""
    boxes = page.locator("fieldset input[type=checkbox]")
    panels = page.locator("figure[data-plot=replicas] .u-series:not(.u-off)")
    if boxes.count() == 0:
        return
    ticked = [k for k in range(boxes.count()) if boxes.nth(k).is_checked()]
    before = panels.count()
    boxes.nth(ticked[0]).uncheck()
    if panels.count() != before - 1:
        wrong.append("a policy without its tick is still drawn")
    boxes.nth(ticked[0]).check()
    over = page.locator("figure[data-plot=load] .u-over").first
    other = page.locator("figure[data-plot=replicas] canvas").first
    before = other.evaluate("canvas => canvas.toDataURL()")
    over.scroll_into_view_if_needed()
    size = over.bounding_box()
    page.mouse.move(size["x"] + 0.2 * size["width"], size["y"] + 0.5 * size["height"])
    page.mouse.down()
    page.mouse.move(size["x"] + 0.5 * size["width"], size["y"] + 0.5 * size["height"], steps=4)
    page.mouse.up()
    page.wait_for_timeout(80)
    if other.evaluate("canvas => canvas.toDataURL()") == before:
        wrong.append("a drag over the load does not zoom the replicas")


def take_top(page, file):
    """From the head of the page to the end of the first table."""
    table = page.locator("table.numbers").first.bounding_box()
    page.screenshot(path=str(file), full_page=True, clip={"x": 0, "y": 0, "width": 1280, "height": table["y"] + table["height"] + 12})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--chromium", default=os.environ.get("HEADROOM_CHROMIUM") or shutil.which("chromium"))
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--plots", default="")
    parser.add_argument("--top", type=pathlib.Path)
    o = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("Playwright is not installed", file=sys.stderr)
        return 77
    if not o.chromium:
        print("Chromium is not installed", file=sys.stderr)
        return 77
    wrong = []
    if o.page.stat().st_size >= 2_000_000:
        wrong.append(f"the page has {o.page.stat().st_size} bytes, must be below 2 MB")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=o.chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for size, width, height in SIZES:
                name = f"{size}, {scheme}"
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, offline=True)
                page = context.new_page()
                page.on("console", lambda m, n=name: wrong.append(f"{n}: console: {m.text}") if m.type in ("error", "warning") else None)
                page.on("pageerror", lambda e, n=name: wrong.append(f"{n}: {e}"))
                page.on("request", lambda r, n=name: None if r.url.startswith(("file:", "data:")) else wrong.append(f"{n}: fetches {r.url}"))
                page.goto(o.page.resolve().as_uri())
                page.wait_for_timeout(300)
                if o.pictures:
                    o.pictures.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=str(o.pictures / f"{size}-{scheme}.png"), full_page=True)
                if o.top and (size, scheme) == ("wide", "light"):
                    take_top(page, o.top)
                look(page, name, wrong, [p for p in o.plots.split(",") if p])
                if scheme == "light" and size == "wide":
                    toggles(page, wrong)
                context.close()
        browser.close()
    for line in dict.fromkeys(wrong):
        print(line, file=sys.stderr)
    print(f"{o.page}: {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
