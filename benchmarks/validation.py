"""What validation costs: by level, by number of signatures, by size of the file; medians, one process.

    python -m benchmarks.validation

The verdicts on forgeries, each with its time, are printed by ``python -m tests.signing.attacks``.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from io import BytesIO
from pathlib import Path

import pikepdf

from signing.validation import Guard, Rules, verify
from tests.servers.certificates import Holder
from tests.signing.authority import Ca, day, plain, sign, stamp, with_material

NOW = day(2026, 11, 25)
ROUNDS = 15


def large(megabytes: int) -> bytes:
    """A page and an attachment that does not compress."""
    out = BytesIO()
    with pikepdf.open(BytesIO(plain())) as pdf:
        noise = pdf.make_stream(bytes(range(256)) * 4096 * megabytes)
        pdf.Root.Rieng = noise
        pdf.save(out, compress_streams=False)
    return out.getvalue()


def signed_often(signer: Holder, count: int) -> bytes:
    """One signature upon the other."""
    content = plain()
    for number in range(count):
        content = sign(content, signer, day(2026), field_name=f"Ky{number}")
    return content


def main() -> None:
    """Print the table."""
    ca = Ca()
    signer, tsa = ca.holder("Người ký"), ca.tsa()
    basic = sign(plain(), signer, day(2026))
    timed = sign(plain(), signer, day(2026), stamped_by=tsa)
    held = with_material(timed, [ca.issuing, ca.root], ca.crls(day(2026, 1, 2), day(2027)))
    cases = {
        "B-B": basic,
        "B-T": timed,
        "B-LT": held,
        "B-LTA": stamp(held, tsa, day(2026, 1, 3)),
        "2 signatures": signed_often(signer, 2),
        "10 signatures": signed_often(signer, 10),
        "50 signatures": signed_often(signer, 50),
        "200 MB": sign(large(200), signer, day(2026)),
    }
    print(f"{'file':16} {'bytes':>12} {'outcome':10} {'level':6} {'ms':>8}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        for name, content in cases.items():
            path.write_bytes(content)
            spent = []
            for _ in range(ROUNDS if len(content) < 200_000 else 3):
                start = time.perf_counter()
                report = verify(path, ca.trust, NOW)
                spent.append((time.perf_counter() - start) * 1000)
            middle = statistics.median(spent)
            row = f"{name:16} {len(content):12,} {report.outcome:10} {report.level or '–':6}"
            print(f"{row} {middle:8.1f}")
        path.write_bytes(basic)
        start = time.perf_counter()
        with Guard(60, 4096) as guard:
            guard.verify(path, ca.trust, NOW, Rules())
            first = time.perf_counter() - start
            start = time.perf_counter()
            guard.verify(path, ca.trust, NOW, Rules())
            again = time.perf_counter() - start
    print(f"in a process of its own: first {first * 1000:.0f} ms, further {again * 1000:.0f} ms")


if __name__ == "__main__":
    main()
