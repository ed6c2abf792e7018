"""The report as files: JSON for programs, one page of HTML for people."""

import argparse
import base64
import html
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from yearbook.cli.telling import report_json
from yearbook.drafts import write_atomically
from yearbook.model import Finding, Severity
from yearbook.report import Report

_MOST_THUMBNAILS = 40
"""Pages that are drawn; a page of HTML that weighs megabytes helps nobody."""
_SECONDS = 20
"""Time one thumbnail may take."""
_STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:56rem;padding:0 1rem;color:#1b1a18}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem}
li{margin:.8rem 0;padding:.2rem .8rem;border-left:4px solid #aaa;list-style:none;overflow-wrap:anywhere}
ul{padding:0}.error{border-color:#b3261e}.warning{border-color:#c77700}.allowed{opacity:.55}
code{background:#f2f0ec;padding:0 .3em}small{color:#666;display:block}
figure{display:inline-block;margin:.5rem 1rem .5rem 0;vertical-align:top}
img{border:1px solid #bbb;width:11rem}
figcaption{font-size:.85rem;color:#666}
"""


def write_reports(report: Report, options: argparse.Namespace) -> None:
    """Writes every file that `--report` names.

    Raises:
        OutputError: one cannot be written.
    """
    for path in options.report or ():
        if path.suffix.lower() == ".json":
            text = json.dumps(report_json(report), ensure_ascii=False, indent=2) + "\n"
        else:
            thumbnails, remark = draw_thumbnails(report)
            text = report_html(report, thumbnails, remark)
        # A lone half of a surrogate pair may stand in a file's name; it must not cost the report.
        write_atomically(path, text.encode("utf-8", "backslashreplace"))


def draw_thumbnails(report: Report) -> tuple[dict[int, bytes], str]:
    """PNGs of the pages that findings name, and why some or all are not there."""
    pages = sorted({finding.page for finding in report.findings if finding.page})
    if not pages:
        return {}, ""
    if len(report.outputs) != 1:
        return {}, "Pages are drawn only of a book in one volume that is written to a file."
    tool = shutil.which("pdftoppm")
    if tool is None or not report.outputs[0].is_file():
        return (
            {},
            "Pages are not drawn: pdftoppm (poppler-utils) is not installed, or the PDF is no file.",
        )
    drawn = {page: png for page in pages[:_MOST_THUMBNAILS] if (png := _draw(tool, report.outputs[0], page))}
    missing = len(pages) - len(drawn)
    return drawn, f"{missing} more pages are not drawn." if missing else ""


def _draw(tool: str, pdf: Path, page: int) -> bytes:
    """One page as a PNG; empty if it could not be drawn."""
    with tempfile.TemporaryDirectory() as folder:
        command = [tool, "-r", "45", "-png", "-singlefile", "-f", str(page), "-l", str(page)]
        try:
            subprocess.run(
                [*command, str(pdf.resolve()), f"{folder}/page"],
                check=True,
                capture_output=True,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
            return (Path(folder) / "page.png").read_bytes()
        except (OSError, subprocess.SubprocessError):
            return b""  # the page of the report says how many are not drawn


def report_html(report: Report, thumbnails: Mapping[int, bytes], remark: str) -> str:
    """One page that stands by itself: no script, no file beside it, nothing of a post that is not escaped."""
    name = ", ".join(output.name for output in report.outputs) or "the blog"
    groups = [(kind, [f for f in report.findings if f.severity is kind]) for kind in Severity]
    counts = ", ".join(f"{len(own)} {kind}{'s' * (len(own) != 1)}" for kind, own in groups)
    body = "".join(
        f"<h2>{kind.capitalize()}s</h2><ul>{''.join(_entry(f, report) for f in own)}</ul>"
        for kind, own in groups
        if own
    )
    facts = f"{report.posts} posts, {report.pictures} pictures, {report.pages} pages; {counts}"
    if not report.selection:
        facts = f"{report.pages} pages; {counts}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>yearbook: {html.escape(name)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(name)}</h1><p>{facts}. Exit code {int(report.exit_code)}.</p>"
        f"{body or '<p>Nothing was found.</p>'}{_pages(thumbnails, remark, report.findings)}</body></html>\n"
    )


def _entry(finding: Finding, report: Report) -> str:
    where = finding.place + (f":{finding.line}" if finding.line else "")
    page = f' <a href="#page-{finding.page}">page {finding.page}</a>' if finding.page else ""
    allowed = report.is_allowed(finding)
    hint = f"<small>{html.escape(finding.hint)}</small>" if finding.hint else ""
    return (
        f'<li class="{finding.severity}{" allowed" if allowed else ""}">{html.escape(finding.message)}{page}'
        f"<small><code>{finding.kind}</code> {html.escape(where)}{' (allowed)' if allowed else ''}</small>"
        f"{hint}</li>"
    )


def _pages(thumbnails: Mapping[int, bytes], remark: str, findings: Sequence[Finding]) -> str:
    figures = []
    for page, png in thumbnails.items():
        kinds = ", ".join(dict.fromkeys(finding.kind for finding in findings if finding.page == page))
        source = base64.b64encode(png).decode()
        figures.append(
            f'<figure id="page-{page}"><img alt="page {page}" src="data:image/png;base64,{source}">'
            f"<figcaption>page {page}: {kinds}</figcaption></figure>"
        )
    if not figures and not remark:
        return ""
    return f"<h2>Pages</h2>{''.join(figures)}<p>{html.escape(remark)}</p>"
