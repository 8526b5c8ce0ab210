"""Reports as files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.base.errors import InvalidInput
from core.base.tables import write_export
from core.reports.content import Report

ReportForm = Literal["html", "pdf"]
REPORT_SUFFIXES: dict[str, ReportForm] = {".html": "html", ".htm": "html", ".pdf": "pdf"}


def report_form(path: Path) -> ReportForm:
    """The form that a file's ending says.

    Raises
    ------
    InvalidInput
        If it says none.
    """
    form = REPORT_SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise InvalidInput(
            f"“{path.name}” has no ending that names a form of report.",
            f"End it in {', '.join(REPORT_SUFFIXES)}.",
        )
    return form


def write_report(path: Path, report: Report, form: ReportForm) -> None:
    """Write a report; an existing file is replaced in one step or left as it was.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    write_export(path, report_bytes(report, form))


def report_bytes(report: Report, form: ReportForm) -> bytes:
    """The content of the file of a form."""
    if form == "html":
        from core.reports.html import html_report

        return html_report(report)
    from core.reports.pdf import pdf_report

    return pdf_report(report)
