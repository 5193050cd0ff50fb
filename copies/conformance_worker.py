"""The child process that holds the Java machine with veraPDF: JSON lines in, JSON lines out.

Started by :class:`copies.conformance.Validator`; the class path is its only argument. A request is
``{"path": …, "flavour": …}``; ``flavour`` ``null`` means what the file claims of itself.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import jpype

_HEAP = "-Xmx512m"
_MAX_FAILURES = 100


def main() -> int:
    """Answer requests until standard input ends."""
    # Java may print; the answers keep the real standard output for themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    jpype.startJVM(_HEAP, "-XX:+UseSerialGC", classpath=sys.argv[1].split(os.pathsep))
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_answer(request["path"], request["flavour"])), file=answers)
    return 0


def _answer(path: str, flavour: str | None) -> dict[str, Any]:
    try:
        return _validate(path, flavour)
    except jpype.JException as error:
        reason = f"not readable as PDF: {error.getMessage() or error}"
        return {"compliant": False, "flavour": flavour or "", "failures": [reason], "checks": 0}


def _validate(path: str, flavour: str | None) -> dict[str, Any]:
    flavours = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour")
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    stream = jpype.JClass("java.io.FileInputStream")(path)
    try:
        wanted = flavours.byFlavourId(flavour) if flavour else None
        parser = foundry.createParser(stream, wanted) if wanted else foundry.createParser(stream)
        with parser:
            claimed = wanted or parser.getFlavour()
            if claimed is None or str(claimed.getId()) in {"", "0"}:
                reason = "the file does not claim to be PDF/A"
                return {"compliant": False, "flavour": "", "failures": [reason], "checks": 0}
            with foundry.createValidator(claimed, _MAX_FAILURES, False, False, True) as validator:  # noqa: FBT003 — Java takes them by place
                return _report(validator.validate(parser), str(claimed.getId()))
    finally:
        stream.close()


def _report(result: Any, flavour: str) -> dict[str, Any]:
    failures = {
        f"{rule.getClause()}-{rule.getTestNumber()} {assertion.getMessage()}"
        for assertion in result.getTestAssertions()
        if str(assertion.getStatus()) == "failed" or str(assertion.getStatus().name()) == "FAILED"
        for rule in [assertion.getRuleId()]
    }
    return {
        "compliant": bool(result.isCompliant()),
        "flavour": flavour,
        "failures": sorted(failures),
        "checks": int(result.getTotalAssertions()),
    }


if __name__ == "__main__":
    sys.exit(main())
