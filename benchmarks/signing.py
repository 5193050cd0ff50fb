"""Signatures a second in one process, at each level and with each kind of key.

    python -m benchmarks.signing [--rounds N] [--keys rsa2048,p256] [--levels B-B,B-LTA] [--wall]

Three ways on the same page, one after the other in every round, so that whatever else the machine
does hits all of them alike: the bare private-key operation; pyHanko's own ``PdfSigner`` with its
``SimpleSigner`` and its own stamp with an embedded typeface (Vietnamese has letters that the
standard fonts lack), unlocked for each file as ``pyhanko sign`` does ("stock") and once for all
("stock,1"); and ours. Each file gets two signatures, an invisible and a visible one. Ours also looks
whether the file may be signed, finds white paper for the text, and judges the result; "core" is ours
without these three. Times are those that the signing process computes, so that a busy machine does
not count (``--wall``: by the clock). The trust services run in a process of their own: waiting for a
real authority comes on top.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import img2pdf
import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from PIL import Image
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext

from dossiers.dossier import FormOfCopy, SigningRole
from dossiers.settings import Settings, TimestampAuthority, TimestampSettings
from signing.admission import admitted
from signing.appearance import Appearance
from signing.augmentation import Preservation, open_preservation
from signing.certificates import read_certificates
from signing.fonts import stamp_font
from signing.keys import Signatories, open_pkcs12
from signing.levels import Level, judge_level
from signing.pades import sign_copy

KEYS = ("rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519")
PASSWORD = "benchmark"  # noqa: S105 - of keys that live as long as the run


def serve(folder: Path) -> None:
    """The trust services, until standard input ends; keys of every kind lie in the folder."""
    from tests.servers.trust_services import trust_services

    with trust_services() as services:
        tsa = services.tsa("bench")
        for kind in KEYS:
            holder = services.hierarchy.issue(f"Người ký {kind}", key=kind)
            services.hierarchy.pkcs12(folder / f"{kind}.p12", holder, PASSWORD)
        services.hierarchy.root.pem(folder / "root.pem")
        print(tsa.url, flush=True)
        sys.stdin.read()


def scan(path: Path) -> None:
    """One A4 page at 200 dpi with the texture of paper."""
    rng = np.random.default_rng(7)
    grey = np.clip(rng.normal(225, 9, (2339, 1654)), 0, 255).astype(np.uint8)
    jpeg = io.BytesIO()
    Image.fromarray(grey).save(jpeg, "JPEG", quality=74)
    path.write_bytes(img2pdf.convert(jpeg.getvalue()))


class Stock:
    """PyHanko as its documentation signs: an invisible signature, then a visible one."""

    def __init__(self, key: Path, root: Path, tsa: str, level: Level, stamp: object) -> None:
        self._key, self._tsa, self._level, self._stamp = key, tsa, level, stamp
        self._roots = list(read_certificates([root]))
        self._held = self.unlock()

    def unlock(self) -> SimpleSigner:
        """The key, read and decrypted."""
        signer = SimpleSigner.load_pkcs12(self._key, passphrase=PASSWORD.encode())
        assert signer is not None
        return signer

    def sign(self, content: bytes, *, unlock: bool) -> bytes:
        """Two signatures at the level."""
        signer = self.unlock() if unlock else self._held
        stamper = None
        if self._level is not Level.B_B:
            stamper = RequestsHTTPTimeStamper(self._tsa)
        context = ValidationContext(
            trust_roots=self._roots, allow_fetching=True, revocation_mode="require"
        )
        long_term = self._level in (Level.B_LT, Level.B_LTA)
        digest = {"ed25519": "sha512", "p384": "sha384"}.get(self._key.stem, "sha256")
        for name in ("First", "Second"):
            second = name == "Second"
            box = (360, 780, 560, 830) if second else None
            metadata = PdfSignatureMetadata(
                field_name=name,
                md_algorithm=digest,
                subfilter=fields.SigSeedSubFilter.PADES,
                embed_validation_info=long_term,
                use_pades_lta=second and self._level is Level.B_LTA,
                validation_context=context if long_term else None,
            )
            signing = PdfSigner(
                metadata,
                signer,
                timestamper=stamper,
                stamp_style=self._stamp if second else None,
                new_field_spec=fields.SigFieldSpec(name, box=box),
            )
            writer = IncrementalPdfFileWriter(io.BytesIO(content))
            content = signing.sign_pdf(writer).getvalue()
        return content


def bare(key: Path) -> Callable[[], object]:
    """The private-key operation alone, over what signed attributes weigh."""
    private, _, _ = pkcs12.load_key_and_certificates(key.read_bytes(), PASSWORD.encode())
    message = bytes(300)
    if isinstance(private, rsa.RSAPrivateKey):
        return lambda: private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return lambda: private.sign(message, ec.ECDSA(hashes.SHA256()))
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return lambda: private.sign(message)


def timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds by a clock."""
    start = clock()
    work()
    return clock() - start


def row(
    kind: str, level: Level, folder: Path, tsa: str, rounds: int, clock: Callable[[], float]
) -> None:
    """One line of the table: medians over the rounds."""
    key, root = folder / f"{kind}.p12", folder / "root.pem"
    source, out, cache = folder / "scan.pdf", folder / "out.pdf", folder / "cache"
    who = open_pkcs12(key, PASSWORD)
    people = {SigningRole.OFFICER: who, SigningRole.AGENCY: who}
    signatories = Signatories(people, (root,), test=False)
    now = Appearance(FormOfCopy.TRUE_COPY, "UBND xã Văn Giang", dt.datetime.now(dt.UTC))
    font_file = stamp_font(cache)
    content = source.read_bytes()
    stamps = TimestampSettings(authorities=(TimestampAuthority(url=tsa),))
    settings = Settings(home=folder / "home", timestamps=stamps)
    roots = read_certificates([root])
    services: Preservation = open_preservation(settings, roots, patient=True)
    stamp = TextStampStyle(
        stamp_text="Bản sao y\nUBND xã Văn Giang\n%(ts)s",
        text_box_style=TextBoxStyle(font=GlyphAccumulatorFactory(str(font_file), font_size=10)),
        background=None,
        border_width=0,
    )
    stock = Stock(key, root, tsa, level, stamp)
    operation = bare(key)

    def ours() -> None:
        sign_copy(source, out, signatories, now, cache, level=level, preservation=services)

    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: [operation() for _ in range(20)],
        "unlock": lambda: stock.sign(content, unlock=True),
        "held": lambda: stock.sign(content, unlock=False),
        "ours": ours,
        "admit": lambda: admitted(source, 1 << 30),
        "place": lambda: now.lay_out(content, font_file, source.name),
        "judge": lambda: judge_level(out.read_bytes(), "out.pdf", roots),
    }
    for way in ("unlock", "held", "ours"):
        ways[way]()  # imports, pools, status services
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            times[way].append(timed(work, clock))
    median = {way: statistics.median(found) for way, found in times.items()}
    core = median["ours"] - median["admit"] - median["place"] - median["judge"]
    grown = (out.stat().st_size - len(content)) / 2
    stock_grown = (len(stock.sign(content, unlock=False)) - len(content)) / 2
    print(
        f"{kind:8} {level:6} {20 / median['bare']:8.0f} {2 / median['unlock']:8.1f} "
        f"{2 / median['held']:8.1f} {2 / median['ours']:8.1f} {2 / core:8.1f} "
        f"{median['unlock'] / core:7.1f}x {median['held'] / core:6.1f}x "
        f"{median['unlock'] / median['ours']:6.1f}x "
        f"{1000 * median['place']:6.0f} {1000 * median['judge']:6.0f} "
        f"{grown / 1000:8.1f} {stock_grown / 1000:8.1f}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keys", default="rsa2048,rsa3072,p256,ed25519")
    parser.add_argument("--levels", default=",".join(Level))
    parser.add_argument("--serve", type=Path)
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.process_time
    if options.serve is not None:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan(folder / "scan.pdf")
        command = [sys.executable, "-m", "benchmarks.signing", "--serve", name]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            tsa = server.stdout.readline().strip()
            print(
                f"page of {(folder / 'scan.pdf').stat().st_size / 1e6:.2f} MB; "
                f"{options.rounds} rounds; signatures a second, then ms, then kB a signature"
            )
            print(
                f"{'key':8} {'level':6} {'bare':>8} {'stock':>8} {'stock,1':>8} {'ours':>8} "
                f"{'core':>8} {'core/st':>8} {'/st,1':>7} {'ours/st':>7} {'place':>6} {'judge':>6} "
                f"{'ours kB':>8} {'stock kB':>8}"
            )
            for kind in options.keys.split(","):
                for level in options.levels.split(","):
                    row(kind, Level(level), folder, tsa, options.rounds, clock)
            server.communicate()


if __name__ == "__main__":
    main()
