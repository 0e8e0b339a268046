"""docs/rules.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from enzcc.rules import RULES
from enzcc.rules.document import page

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run: python -m enzcc.rules.document > docs/rules.md"


def test_every_kink_is_documented() -> None:
    text = page()
    for rule in RULES.values():
        if not rule.is_flat:
            for kink in rule.kinks:
                assert f"| {kink.point} | {kink.choice} |" in text
