"""docs/comparison.md says of rocketpy what its script sees."""

from __future__ import annotations

from scripts.comparison import PAGE, TOOLS, column
from scripts.mistakes import CASES


def test_the_page_is_what_the_script_makes() -> None:
    """Every mistake is in the page, with rocketpy's outcome; rocketpy is silent on none."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("| ")
    ]
    [_, *table] = rows[: len(CASES) + 1]
    outcomes = column(TOOLS[0])
    assert [(title, ours) for title, ours, *_ in table] == [
        (case.title, str(outcome)) for case, outcome in zip(CASES, outcomes, strict=True)
    ]
    assert {outcome.verdict for outcome in outcomes} == {"refused", "warned"}
    assert not any(outcome.leaked for outcome in outcomes)


def test_titles_are_unique() -> None:
    """A row of the page is one mistake."""
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) >= 40
