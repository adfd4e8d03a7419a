"""The browser of the probes sees what it is there to see: scripts that run, and only those."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from chaos import browser
from chaos.browser import a_tab, chromium
from harness.errors import NotApplicable

needs_browser = pytest.mark.skipif(
    not any(map(shutil.which, browser.NAMES)), reason="there is no Chromium here: apt-get install chromium"
)


def page(html: str) -> str:
    return f"data:text/html,{quote(html)}"


@needs_browser
async def test_it_tells_what_ran_on_the_page_that_is_open(tmp_path: Path) -> None:
    async with a_tab(tmp_path / "browser.log", tmp_path) as tab:
        await tab.open(page("<script>alert(1); console.log(2)</script>"))
        assert tab.ran == ["alert('1')", "console.log"]
        await tab.open(page("<p id=body>quiet &lt;script&gt;</p>"))
        assert tab.ran == []
        assert await tab.evaluate("document.querySelector('#body').textContent") == "quiet <script>"


@needs_browser
async def test_a_policy_counts_until_it_is_told_not_to(tmp_path: Path) -> None:
    strict = page("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><script>alert(1)</script>")
    async with a_tab(tmp_path / "browser.log", tmp_path) as tab:
        await tab.open(strict)
        assert tab.ran == []
        await tab.obey_policy(False)
        await tab.open(strict)
        assert tab.ran == ["alert('1')"]


def test_without_a_browser_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotApplicable, match="Chromium") as refusal:
        chromium()
    assert "apt-get install chromium" in str(vars(refusal.value))
