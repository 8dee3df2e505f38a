"""What a machine can see of a screen: axe's rules, a walk with the Tab key, words on top of words."""

from typing import Any

from playwright.sync_api import Page

from tests.ui.api_types import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

# Everything that can be worked with, in the order of the page; inside a modal dialog only that.
STOPS = """() => {
  const top = document.querySelector("dialog:modal") ?? document;
  const all = top.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  return [...all].filter((e) => !e.disabled && e.checkVisibility());
}"""
NUMBER = f"""() => {{
  const stops = ({STOPS})();
  stops.forEach((stop, number) => {{ stop.dataset.stop = number; }});
  document.activeElement?.blur();
  return stops.map((stop) => stop.outerHTML.slice(0, 120));
}}"""
FOCUSED = """() => {
  const stop = document.activeElement;
  if (!stop || stop.dataset.stop === undefined) return null;
  const style = getComputedStyle(stop);
  const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const box = stop.getBoundingClientRect();
  const bar = document.querySelector("dialog:modal") ? null : document.querySelector(".help-bar");
  const floor = bar && !bar.contains(stop) ? bar.getBoundingClientRect().top : innerHeight;
  return {stop: Number(stop.dataset.stop), marked, inView: box.bottom > 0 && box.bottom <= floor + 1};
}"""
# Two texts share a place: each text's own lines against all others', not counting what is fixed on top.
OVERLAPS = """() => {
  const top = document.querySelector("dialog:modal") ?? document.querySelector("main");
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  const boxes = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || !holder.checkVisibility()) continue;
    if (holder.closest(".visually-hidden, .help-bar, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) boxes.push({box, text: node.data.trim().slice(0, 40)});
  }
  const found = [];
  for (const [i, one] of boxes.entries())
    for (const other of boxes.slice(i + 1)) {
      const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (wide > 2 && high > 4) found.push(`${one.text} / ${other.text}`);
    }
  return found;
}"""


def by_axe(page: Page, only: str | None = None) -> list[str]:
    """Violations with the elements they are about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    run = {"runOnly": {"type": "rule", "values": [only]} if only else {"type": "tag", "values": RULES}}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", run)
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def unreachable_by_keyboard(page: Page) -> list[str]:
    """What the Tab key does not come to in the page's order, leaves unmarked, or out of sight."""
    stops: list[str] = page.evaluate(NUMBER)
    reached: list[int] = []
    wrong = []
    for _ in range(len(stops) + 2):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None or focused["stop"] in reached:
            continue
        reached.append(focused["stop"])
        wrong += [f"not marked: {stops[focused['stop']]}"] * (not focused["marked"])
        wrong += [f"out of sight: {stops[focused['stop']]}"] * (not focused["inView"])
    page.evaluate("document.activeElement?.blur()")
    wrong += [f"not reached: {stop}" for number, stop in enumerate(stops) if number not in reached]
    first = reached.index(min(reached)) if reached else 0  # it begins where she was
    if reached[first:] + reached[:first] != sorted(reached):
        wrong.append(f"order {reached}")
    return wrong


def overlapping(page: Page) -> list[str]:
    return list(page.evaluate(OVERLAPS))
