"""What archive evidence costs: trees, records, renewal against renewal per file (PAdES B-LTA).

    python -m benchmarks.evidence [--million] [--sample 30]

A real time-stamping authority answers over HTTP on loopback; its own work (a 2048-bit RSA signature
in Python) is in the wall times, its waiting time, 2 to 131 seconds in the field, is not. Per-file
figures are measured on a sample and multiplied, and said to be.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import hashlib
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator import ValidationContext

from dossiers.settings import Settings
from flows.evidence import _finish, _plan, keep_evidence
from flows.evidence_records import Records
from flows.services import Services
from signing.evidence.hash_tree import HashTree
from signing.evidence.record import rehash
from signing.evidence.stamping import Authority
from signing.evidence.test_authority import make
from signing.evidence.verification import verify_record
from storage.evidence import Leaf, TreeKind
from tests.servers.evidence_tsa import Tsa, serving

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)


@dataclass
class Spent:
    """Seconds of the wall and of this process's processor."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured() -> Iterator[Spent]:
    """What the block under it spends."""
    spent, wall, cpu = Spent(), time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def hashes(count: int) -> list[bytes]:
    """Hashes as good as of files."""
    return [hashlib.sha256(number.to_bytes(8, "big")).digest() for number in range(count)]


def trees(counts: list[int]) -> None:
    """Building a tree, reducing it to one leaf."""
    print("| hashes | tree: wall s / CPU s | hashes/s | one reduced tree | lists in it |")
    print("|---|---|---|---|---|")
    for count in counts:
        leaves = hashes(count)
        with measured() as built:
            tree = HashTree(leaves, "sha256")
            assert tree.root
        with measured() as reduced:
            for leaf in leaves[:1000]:
                path = tree.reduced(leaf)
        print(
            f"| {count:,} | {built.wall:.2f} / {built.cpu:.2f} | {count / built.wall:,.0f} "
            f"| {reduced.wall:.3f} ms | {len(path)} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process so far: {peak:,.0f} MB\n")


def by_evidence(tsa: Tsa, folder: Path, count: int, nights: int) -> None:
    """``count`` objects proved over ``nights`` nights, then renewed together; real ledger and store."""
    new, old = tsa.made, make("Old authority", NOW - 900 * DAY, NOW + 90 * DAY)
    roots = (tsa.root(folder), Tsa(old).root(folder))
    # A plain client: the nights lie in the past, which real ones would refuse.
    chosen = Authority(RequestsHTTPTimeStamper(tsa.url), roots, test=False)
    home = Path(tempfile.mkdtemp(dir=folder))
    leaves = [Leaf(leaf, leaf.hex(), f"originals/{leaf.hex()}") for leaf in hashes(count)]
    with Services(Settings(home=home)) as services:
        vars(services)["time_stamps"] = chosen
        evidence, size = services.ledger.evidence, -(-count // nights)
        tsa.made, tsa.asked = old, 0
        with measured() as proving:
            for night in range(nights):
                tsa.at = NOW - (800 - night) * DAY
                tree = _plan(
                    services,
                    TreeKind.OBJECTS,
                    "sha256",
                    leaves[night * size : (night + 1) * size],
                )
                asyncio.run(_finish(services, tree))
        first = tsa.asked
        before, tsa.made, tsa.at, tsa.asked = _stored(home), new, None, 0
        with measured() as renewing:
            done = asyncio.run(keep_evidence(services))
        assert done.renewed == nights, done
        added = _stored(home) - before
        sample = leaves[:: max(1, count // 200)]
        # By tree, as a batch would go.
        sample.sort(key=lambda leaf: evidence.origin(leaf.item)[0].root)
        with measured() as making:
            records = Records(evidence)
            made = [records.of(leaf.item).dump() for leaf in sample]
        with measured() as judging:
            for leaf, record in zip(sample, made, strict=True):
                assert verify_record(record, lambda _, h=leaf.hash: h, roots).ok
        with measured() as hashing:
            records = Records(evidence)
            for leaf in sample:
                rehash(records.of(leaf.item).chains, bytes(64), "sha512")
        ledger = sum(path.stat().st_size for path in home.glob("ledger.sqlite*"))
        size_of = sum(map(len, made)) / len(made)
        print(
            f"| {count:,} in {nights} | {first} stamps, {proving.wall:.1f} / {proving.cpu:.1f} "
            f"| {tsa.asked} stamps, {renewing.wall:.2f} / {renewing.cpu:.2f} | {added / 1000:.1f} kB "
            f"| {size_of / 1000:.1f} kB | {1000 * making.wall / len(made):.1f} ms "
            f"| {1000 * judging.wall / len(made):.1f} ms | {1000 * hashing.wall / len(made):.1f} ms "
            f"| {ledger / 1e6:.1f} MB |"
        )


def _stored(home: Path) -> int:
    return sum(path.stat().st_size for path in (home / "store").rglob("*") if path.is_file())


def by_file(tsa: Tsa, sample: int) -> tuple[Spent, float, float]:
    """Archive time stamps of single PDFs renewed (EN 319 142-1, 5.5): time, requests, bytes a file."""
    root = asn1_x509.Certificate.load(tsa.made.root.public_bytes(serialization.Encoding.DER))
    client = RequestsHTTPTimeStamper(tsa.url)
    stamper = PdfTimeStamper(client)

    def context() -> ValidationContext:
        return ValidationContext(trust_roots=[root], allow_fetching=False)

    files = []
    for number in range(sample):
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.docinfo["/Title"] = f"Document {number}"
            out = BytesIO()
            pdf.save(out)
        writer = IncrementalPdfFileWriter(BytesIO(out.getvalue()))
        files.append(stamper.timestamp_pdf(writer, "sha256", context()).getvalue())
    tsa.asked, grown = 0, 0
    with measured() as spent:
        for content in files:
            stream = BytesIO(content)
            result = stamper.update_archival_timestamp_chain(
                PdfFileReader(stream), context(), in_place=False
            )
            grown += len(result.getvalue()) - len(content)
    spent.wall, spent.cpu = spent.wall / sample, spent.cpu / sample
    return spent, tsa.asked / sample, grown / sample


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--million", action="store_true", help="a ledger of a million leaves too")
    options.add_argument("--sample", type=int, default=30, help="files renewed one by one")
    chosen = options.parse_args()
    print("Two stamps at renewal: one over all that is due, one over the night's own tree.\n")
    trees([10_000, 1_000_000])
    made = make("Authority", NOW - 900 * DAY, NOW + 3650 * DAY)
    with serving(made) as tsa, tempfile.TemporaryDirectory() as name:
        print(
            "| objects in nights | proving: wall / CPU s | renewing: wall / CPU s | renewal adds "
            "| record | making one | verifying one | rehashing one | ledger |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        for count, nights in [(10_000, 1), (10_000, 40)] + [(1_000_000, 1)] * chosen.million:
            by_evidence(tsa, Path(name), count, nights)
        spent, asked, grown = by_file(tsa, chosen.sample)
    print(
        f"\nPer file (B-LTA), measured on {chosen.sample} files; the other rows are multiplied:\n"
    )
    print("| files | time stamps | wall | CPU | bytes added |")
    print("|---|---|---|---|---|")
    for count in (1, 10_000, 1_000_000):
        print(
            f"| {count:,} | {count * asked:,.0f} | {count * spent.wall:,.3f} s "
            f"| {count * spent.cpu:,.3f} s | {count * grown / 1000:,.0f} kB |"
        )


if __name__ == "__main__":
    main()
