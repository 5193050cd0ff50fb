"""Where the key is: signatures a second from a file, a token and a service, one unlock for all.

Usage::

    python -m benchmarks.unlocking [--files 20] [--rounds 15]

For each kind of key, in turns: the bare private-key operation; one invisible PAdES B-B signature by
pyHanko's ``PdfSigner`` with our signer; and the same with pyHanko's own signer for such a key. Rates
are by processor time, so that what else the machine does counts little. Token and service are those of
the test suite (SoftHSM 2 in this process; a local CSC server whose phone approves after half a second):
their speed is not that of real ones, what we add to it is ours. The service is timed by the clock.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

from pkcs11 import Attribute, Mechanism, ObjectClass
from pydantic import SecretStr
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers.pdf_cms import Signer, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from dossiers.dossier import FormOfCopy, SigningRole
from dossiers.settings import CscKeySettings, Pkcs11KeySettings, Pkcs12KeySettings, SigningSettings
from signing.appearance import Appearance
from signing.batch import sign_all
from signing.keys import load_signatories
from signing.pades import sign_copy
from tests.servers.certificates import make_key
from tests.servers.csc import CLIENT, SECRET, csc_server
from tests.servers.softhsm import LABEL, MODULE, PIN, softhsm
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import PASSWORD, Authority

KINDS = ("rsa2048", "rsa3072", "p256", "p384", "ed25519")
_ALONE = (SigningRole.AGENCY,)
_RESERVED = 24_576


def in_turns(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Times a second each, by processor time: medians of rounds in which all take turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            begin = time.process_time()
            work()
            if number:  # the first one warms up
                times[name].append(time.process_time() - begin)
    return {name: 1 / median(taken) for name, taken in times.items()}


def signature(
    signer: Signer, content: bytes, digest: str, *, reserve: bool
) -> Callable[[], object]:
    """One signature; without ``reserve`` as pyHanko's manual has it, with the size estimated."""
    metadata = PdfSignatureMetadata(
        field_name="S", md_algorithm=digest, subfilter=SigSeedSubFilter.PADES
    )

    def work() -> None:
        writer = IncrementalPdfFileWriter(BytesIO(content))
        PdfSigner(metadata, signer, new_field_spec=SigFieldSpec("S")).sign_pdf(
            writer, bytes_reserved=_RESERVED if reserve else None
        )

    return work


def by_file(kind: str, authority: Authority, page: bytes, folder: Path, rounds: int) -> None:
    """A key in a PKCS#12 file."""
    key = make_key(kind)
    path = authority.bundle(folder / "key.p12", key, authority.issue(key))
    settings = Pkcs12KeySettings(file=path, password=SecretStr(PASSWORD))
    who = load_signatories(SigningSettings(agency=settings, chain=_ALONE), folder, AGENCY).agency
    theirs = SimpleSigner.load_pkcs12(str(path), passphrase=PASSWORD.encode())
    assert theirs is not None
    works = {
        "ours": signature(who.signer, page, who.digest, reserve=True),
        "pyHanko": signature(theirs, page, who.digest, reserve=False),
    }
    _print(f"file {kind}", in_turns(works, rounds))


def by_token(kind: str, page: bytes, folder: Path, rounds: int) -> None:
    """A key on a token: first ours, then pyHanko's, since both would log in."""
    settings = Pkcs11KeySettings(
        kind="pkcs11", module=MODULE, token_label=LABEL, label=kind, pin=SecretStr(PIN)
    )
    people = load_signatories(SigningSettings(agency=settings, chain=_ALONE), folder, AGENCY)
    who = people.agency
    rates = in_turns({"ours": signature(who.signer, page, who.digest, reserve=True)}, rounds)
    people.release()
    session = open_pkcs11_session(
        str(MODULE), token_criteria=TokenCriteria(label=LABEL), user_pin=PIN
    )
    [key] = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: kind})
    mechanisms = {"rsa": Mechanism.SHA256_RSA_PKCS, "ed2": Mechanism.EDDSA}
    mechanism = mechanisms.get(kind[:3], Mechanism.ECDSA)
    theirs = PKCS11Signer(
        session, cert_label=kind, key_label=kind, use_raw_mechanism=kind.startswith("p")
    )
    works = {
        "pyHanko": signature(theirs, page, who.digest, reserve=False),
        "bare": lambda: key.sign(bytes(32), mechanism=mechanism),
    }
    _print(f"token {kind}", rates | in_turns(works, rounds))
    session.close()


def by_service(authority: Authority, page: Path, folder: Path, files: int) -> None:
    """A key at a service: whole copies with their visible text, five approved singly, then a batch."""
    with csc_server(authority) as service:
        service.add("k", "rsa3072")
        service.phone.seconds = 0.5
        settings = CscKeySettings(
            kind="csc", url=service.url("v1"), client_id=CLIENT, client_secret=SecretStr(SECRET)
        )
        people = load_signatories(SigningSettings(agency=settings, chain=_ALONE), folder, AGENCY)
        text = Appearance(FormOfCopy.TRUE_COPY, AGENCY.name, dt.datetime.now(dt.UTC))
        for together, count in ((1, 5), (files, files)):
            service.calls.clear()
            begin = time.perf_counter()
            made = sign_all(
                range(count),
                lambda number: sign_copy(
                    page, folder / f"{number}.pdf", people, text, folder / "cache"
                ),
                together=together,
                size=lambda _: 1,
                description=lambda _: "",
                done=lambda _: None,
            )
            taken = time.perf_counter() - begin
            assert all(outcome.result for outcome in made)
            asked = len(service.asked("credentials/authorize"))
            _print(f"service rsa3072, {count} files, {asked} approvals", {"clock": count / taken})


def _print(what: str, rates: dict[str, float]) -> None:
    told = "  ".join(f"{name} {rate:.1f}/s" for name, rate in rates.items())
    print(f"{what:42} {told}")
    print(json.dumps({"what": what, "per_second": rates}))


def main() -> None:
    """Print a line for people and one for machines for each place and kind of key."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    authority = Authority.new()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = blank_pdfa(folder / "page.pdf")
        page = source.read_bytes()
        for kind in KINDS:
            by_file(kind, authority, page, folder, options.rounds)
        with softhsm(authority):
            for kind in KINDS:
                by_token(kind, page, folder, options.rounds)
        by_service(authority, source, folder, options.files)


if __name__ == "__main__":
    main()
