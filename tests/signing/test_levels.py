"""Levels B-B to B-LTA: reached, missed and caught up, renewed, judged offline; PDF/A at every step."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import crl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from copies.archival import make_copy
from copies.conformance import Validator
from dossiers.dossier import FormOfCopy, SigningRole
from dossiers.errors import (
    CertificateRevoked,
    ChainIncomplete,
    ClockWrong,
    DamagedFile,
    KeyUnavailable,
    RevocationUnavailable,
    SignatureRejected,
    SohoaError,
    TimestampUnavailable,
)
from dossiers.settings import LevelSettings, Settings, TimestampAuthority, TimestampSettings
from signing.appearance import Appearance
from signing.augmentation import Preservation, augment, open_preservation, renew
from signing.certificates import read_certificates
from signing.keys import Signatories, Signatory, open_pkcs12
from signing.levels import Level, judge_level
from signing.pades import SigningReport, sign_copy
from signing.validation import Outcome, Rules, VerificationReport, verify
from tests.copies import makers
from tests.servers.certificates import Hierarchy
from tests.servers.trust_services import TrustServices, Tsa
from tests.signing.authority import Ca, day, with_material
from tests.signing.authority import sign as signed_by_others
from tests.signing.conftest import blank_pdfa

DAY = dt.timedelta(days=1)

Sign = Callable[..., tuple[bytes, SigningReport]]


@pytest.fixture(scope="module")
def vera() -> Iterator[Validator]:
    with Validator() as warm:
        yield warm


@pytest.fixture(scope="module")
def people(
    running_services: TrustServices, tmp_path_factory: pytest.TempPathFactory
) -> Signatories:
    return signatories_of(running_services.hierarchy, tmp_path_factory.mktemp("people"))


def signatories_of(
    hierarchy: Hierarchy, folder: Path, officer: str = "p256", days: tuple[int, int] = (-1, 3650)
) -> Signatories:
    def opened(name: str, key: str) -> Signatory:
        holder = hierarchy.issue(name, key=key, days=days)
        return open_pkcs12(hierarchy.pkcs12(folder / f"{name}.p12", holder), "")

    people = {
        SigningRole.OFFICER: opened("Nguyễn Văn Thử", officer),
        SigningRole.AGENCY: opened("UBND xã Văn Giang", "rsa2048"),
    }
    return Signatories(people, (hierarchy.root.pem(folder / "root.pem"),), test=False)


def with_officer(people: Signatories, signer: Signer) -> Signatories:
    """The same people, the officer signing with something else."""
    officer = dataclasses.replace(people.officer, signer=signer)
    return dataclasses.replace(people, people={**people.people, SigningRole.OFFICER: officer})


@pytest.fixture
def tsa(services: TrustServices) -> Tsa:
    return services.tsa("main")


@pytest.fixture
def preserve(people: Signatories, tmp_path: Path) -> Callable[..., Preservation]:
    roots = read_certificates(people.trust_roots)

    def made(*tsas: Tsa, budget: int = 0, **stamps: object) -> Preservation:
        asked = tuple(TimestampAuthority(url=tsa.url, budget=budget) for tsa in tsas)
        settings = Settings(
            home=tmp_path / "home",
            levels=LevelSettings(revocation_timeout_seconds=5, revocation_reuse_seconds=0),
            timestamps=TimestampSettings(authorities=asked, rounds=1, **stamps),  # type: ignore[arg-type]
        )
        return open_preservation(settings, roots, patient=True)

    return made


@pytest.fixture
def sign(people: Signatories, tmp_path: Path, cache: Path, appearance: Appearance) -> Sign:
    """Signs a page now and gives the file and the report."""
    source, out = blank_pdfa(tmp_path / "plain.pdf"), tmp_path / "signed.pdf"

    def made(
        level: Level, preservation: Preservation, who: Signatories = people
    ) -> tuple[bytes, SigningReport]:
        now = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))
        report = sign_copy(source, out, who, now, cache, level=level, preservation=preservation)
        return out.read_bytes(), report

    return made


def compliant(vera: Validator, folder: Path, content: bytes) -> bool:
    path = folder / "checked.pdf"
    path.write_bytes(content)
    found = vera.check(path)
    assert found.compliant, found.failures
    return True


def valid(folder: Path, content: bytes, people: Signatories) -> bool:
    """Valid, and at the same level to the judge of what comes from elsewhere."""
    path = folder / "checked.pdf"
    path.write_bytes(content)
    found = judge_level(content, "x", read_certificates(people.trust_roots)).level
    report = verify(path, people.trust_roots)
    assert {signature.level for signature in report.signatures} == {found}
    return report.outcome is Outcome.VALID


# --- what is reached -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "tokens"), [(Level.B_B, 0), (Level.B_T, 2), (Level.B_LT, 2), (Level.B_LTA, 3)]
)
def test_the_level_asked_for_is_reached_and_is_pdfa(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    tsa: Tsa,
    vera: Validator,
    tmp_path: Path,
    level: Level,
    tokens: int,
) -> None:
    content, report = sign(level, preserve(tsa))
    assert (report.level, report.wanted, report.shortfall) == (level, level, None)
    assert tsa.requests == tokens
    assert judge_level(content, "x", read_certificates(people.trust_roots)).level is level
    assert valid(tmp_path, content, people)
    assert compliant(vera, tmp_path, content)


@pytest.mark.parametrize("officer", ["rsa3072", "p384", "ed25519"])
def test_keys_of_all_kinds_reach_the_archive(
    sign: Sign,
    preserve: Callable[..., Preservation],
    services: TrustServices,
    tsa: Tsa,
    tmp_path: Path,
    officer: str,
) -> None:
    who = signatories_of(services.hierarchy, tmp_path, officer)
    assert sign(Level.B_LTA, preserve(tsa), who)[1].level is Level.B_LTA


@pytest.mark.parametrize("in_signatures", [True, False])
def test_an_archived_signature_outlives_its_certificate_and_the_answers_about_it(
    sign: Sign,
    preserve: Callable[..., Preservation],
    services: TrustServices,
    tsa: Tsa,
    tmp_path: Path,
    in_signatures: bool,
) -> None:
    who = signatories_of(services.hierarchy, tmp_path, days=(-1, 20))
    content, _ = sign(Level.B_LTA, preserve(tsa, in_signatures=in_signatures), who)
    stamped, _ = sign(Level.B_T, preserve(tsa, in_signatures=in_signatures), who)
    roots = read_certificates(who.trust_roots)
    services.status_down = True
    later = dt.datetime.now(dt.UTC) + 1000 * DAY
    assert judge_level(content, "x", roots, later).level is Level.B_LTA
    assert judge_level(stamped, "x", roots, later).level is Level.B_T


def test_one_token_may_serve_all_signatures(
    sign: Sign, preserve: Callable[..., Preservation], tsa: Tsa, vera: Validator, tmp_path: Path
) -> None:
    content, report = sign(Level.B_T, preserve(tsa, in_signatures=False))
    assert (report.level, tsa.requests) == (Level.B_T, 1)
    assert compliant(vera, tmp_path, content)


def test_a_token_too_long_for_its_place_loses_no_signature(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    preservation = preserve(tsa)
    preservation.authorities.stamp(bytes(32))  # from now on the place is as long as this one
    tsa.holder = services.tsa("longer", key="rsa4096").holder
    content, report = sign(Level.B_T, preservation)
    assert (report.level, report.shortfall) == (Level.B_T, None)
    with pikepdf.open(BytesIO(content)) as pdf:
        fields = {str(field.T) for field in pdf.Root.AcroForm.Fields}
    assert "SohoaDauThoiGian1" in fields  # which had room for it


def test_without_authorities_the_signature_stands_and_says_what_it_lacks(
    sign: Sign, preserve: Callable[..., Preservation]
) -> None:
    _, report = sign(Level.B_LTA, preserve())
    assert (report.level, report.shortfall) == (Level.B_B, "timestamp_unavailable")


COPIES: dict[str, Callable[[Path], object]] = {
    "a.jpg": lambda path: path.write_bytes(makers.encoded(makers.picture(), "JPEG")),
    "cmyk.jpg": lambda path: path.write_bytes(makers.encoded(makers.picture("CMYK"), "JPEG")),
    "clear.png": lambda path: path.write_bytes(makers.encoded(makers.picture("RGBA"), "PNG")),
    "fax.tif": lambda path: path.write_bytes(
        makers.encoded(makers.picture("1"), "TIFF", compression="group4")
    ),
    "turned.pdf": lambda path: makers.scan_pdf(path, rotate=90),
    "text.pdf": lambda path: makers.scan_pdf(path, active=True, hidden_text=True),
}


def signatures_of(content: bytes) -> list[EmbeddedPdfSignature]:
    found: list[EmbeddedPdfSignature] = PdfFileReader(BytesIO(content)).embedded_signatures
    return found


@pytest.mark.parametrize("name", COPIES)
def test_copies_of_all_kinds_are_pdfa_before_and_after_every_step(
    preserve: Callable[..., Preservation],
    people: Signatories,
    cache: Path,
    appearance: Appearance,
    tsa: Tsa,
    vera: Validator,
    tmp_path: Path,
    name: str,
) -> None:
    source, copy, out = tmp_path / name, tmp_path / "copy.pdf", tmp_path / "out.pdf"
    COPIES[name](source)
    make_copy(source, makers.reading(), makers.metadata(), copy)
    assert compliant(vera, tmp_path, copy.read_bytes())
    now = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))
    sign_copy(copy, out, people, now, cache)
    content = out.read_bytes()
    signed = [list(signature.byte_range) for signature in signatures_of(content)]
    assert len(signed) == 2
    for _, _, start, length in signed:
        assert compliant(vera, tmp_path, content[: start + length])
    preservation = preserve(tsa)
    for level in (Level.B_T, Level.B_LT, Level.B_LTA):
        content = augment(content, name, level, preservation).content
        assert compliant(vera, tmp_path, content)
    assert compliant(vera, tmp_path, renew(content, name, preservation).content)


# --- what is missed, and caught up -----------------------------------------------------------


def test_a_dead_authority_costs_no_signature_and_is_caught_up_rung_by_rung(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
    vera: Validator,
    tmp_path: Path,
) -> None:
    tsa.mode = "hangs up"
    content, report = sign(Level.B_LTA, preserve(tsa))
    assert (report.level, report.shortfall) == (Level.B_B, "timestamp_unavailable")
    preservation = preserve(services.tsa("again"))
    for level in (Level.B_T, Level.B_LT, Level.B_LTA):
        raised = augment(content, "x", level, preservation)
        assert (raised.found.level, raised.shortfall) == (level, None)
        # Nothing signed was touched: only added to.
        assert raised.content.startswith(content)
        assert compliant(vera, tmp_path, raised.content)
        assert valid(tmp_path, raised.content, people)
        content = raised.content
    assert augment(content, "x", Level.B_LTA, preservation).content == content


def test_a_dead_status_service_leaves_the_time_stamp(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    services.status_down = True
    content, report = sign(Level.B_LTA, preserve(tsa))
    assert (report.level, report.shortfall) == (Level.B_T, "revocation_unavailable")
    services.status_down = False
    assert augment(content, "x", Level.B_LTA, preserve(tsa)).found.level is Level.B_LTA


def test_a_budget_that_runs_out_half_way_leaves_the_rung_below(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    content, report = sign(Level.B_LTA, preserve(tsa, budget=2))
    assert (report.level, report.shortfall) == (Level.B_LT, "timestamp_unavailable")
    # What is inside serves: the status services are not needed again.
    services.status_down = True
    assert augment(content, "x", Level.B_LTA, preserve(tsa)).found.level is Level.B_LTA


def test_a_status_service_is_not_waited_for_at_every_file_of_a_batch(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    services.status_down = True
    preservation = preserve(tsa)
    sign(Level.B_LT, preservation)
    asked = services.status_requests
    sign(Level.B_LT, preservation)
    assert services.status_requests == asked


@pytest.mark.parametrize(
    "store",
    [b"5", b"[]", b"<< /CRLs 5 >>", b"<< /CRLs [1] >>", b"<< /OCSPs [null] >>", b"<< /VRI 4 >>"],
)
def test_a_store_that_others_left_broken_is_a_damaged_file(
    people: Signatories,
    preserve: Callable[..., Preservation],
    tsa: Tsa,
    appearance: Appearance,
    cache: Path,
    tmp_path: Path,
    store: bytes,
) -> None:
    source, out = blank_pdfa(tmp_path / "theirs.pdf"), tmp_path / "out.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.Root.DSS = pikepdf.Object.parse(store)
        pdf.save(source)
    source.write_bytes(signed_by_others(source.read_bytes(), Ca().holder("Ai đó"), day(2026)))
    with pytest.raises((DamagedFile, SignatureRejected)):
        sign_copy(
            source, out, people, appearance, cache,
            level=Level.B_LTA, preservation=preserve(tsa), countersign=True,
        )  # fmt: skip
    assert not out.exists()


# --- what a strict judge says of our own files without a network -------------------------------


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("in_signatures", [True, False])
def test_offline_and_strictly_the_level_is_the_one_recorded(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
    tmp_path: Path,
    level: Level,
    *,
    in_signatures: bool,
) -> None:
    content, _ = sign(level, preserve(tsa, in_signatures=in_signatures))
    path = tmp_path / "judged.pdf"
    path.write_bytes(content)

    def judged(*, online: bool) -> VerificationReport:
        return verify(path, people.trust_roots, rules=Rules(require_revocation=True, online=online))

    report = judged(online=False)
    assert {s.level for s in report.signatures} == {level}
    found = {r.code for s in report.signatures for r in s.reasons}
    assert "STAMP_UNUSABLE" not in found
    if level is Level.B_T:
        # Nobody knows whether signers and authority were revoked: no verdict, and how to get one.
        assert report.outcome is Outcome.INDETERMINATE
        assert "STAMP_STATUS_OPEN" in found
        assert not {"TIME_CLAIMED", "TIME_PROVEN"} & found
        (sentence,) = {
            r.vi for s in report.signatures for r in s.reasons if r.code == "STAMP_STATUS_OPEN"
        }
        assert "--online" in sentence
    else:
        assert report.outcome is Outcome.VALID
    online = judged(online=True)
    assert (online.outcome, online.level) == (Outcome.VALID, level)
    # A stamp of an authority that is revoked, or that nobody trusts, never counts.
    strangers = (services.hierarchy.stranger.pem(tmp_path / "stranger.pem"),)
    untrusted = verify(path, strangers, rules=Rules(require_revocation=True))
    assert {s.level for s in untrusted.signatures} == {"B-B"}
    services.revoked[tsa.holder.certificate.serial_number] = dt.datetime.now(dt.UTC) - DAY
    told = crl.CertificateList.load(services.crl("issuing"))
    path.write_bytes(with_material(content, [services.hierarchy.issuing], [told]))
    revoked = judged(online=False)
    assert {s.level for s in revoked.signatures} == {"B-B"}


def test_the_newest_stamps_own_status_is_the_next_renewals_business_offline_too(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
    tmp_path: Path,
) -> None:
    content, _ = sign(Level.B_LT, preserve(tsa))
    # Under another root: no revocation list inside the file speaks of it.
    other, root = services.tsa("other"), services.hierarchy.stranger.pem(tmp_path / "other.pem")
    other.holder = services.stranger()
    raised = augment(content, "x", Level.B_LTA, preserve(other, trust_roots=(root,)))
    assert (raised.found.level, raised.shortfall) == (Level.B_LTA, None)
    path = tmp_path / "judged.pdf"
    path.write_bytes(raised.content)
    report = verify(path, (*people.trust_roots, root), rules=Rules(require_revocation=True))
    assert (report.outcome, report.level) == (Outcome.VALID, Level.B_LTA)
    (newest,) = report.document_time_stamps
    assert [r.code for r in newest.reasons] == ["STAMP_STATUS_OPEN"]


# --- renewal ---------------------------------------------------------------------------------


def test_renewal_carries_a_file_over_the_end_of_its_authoritys_certificate(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    vera: Validator,
    tmp_path: Path,
) -> None:
    roots = read_certificates(people.trust_roots)
    ending = services.tsa("ending", days=(-1, 20))
    content, report = sign(Level.B_LTA, preserve(ending))
    now = dt.datetime.now(dt.UTC)
    assert report.protected_until is not None
    assert 19 * DAY < report.protected_until - now < 20 * DAY
    with pytest.raises(SignatureRejected, match="not trusted"):
        judge_level(content, "x", roots, now + 30 * DAY)

    renewed = renew(content, "x", preserve(services.tsa("lasting")))
    assert renewed.content.startswith(content)
    assert renewed.found.protected_until - now > 1000 * DAY
    assert judge_level(renewed.content, "x", roots, now + 30 * DAY).level is Level.B_LTA
    assert compliant(vera, tmp_path, renewed.content)
    assert valid(tmp_path, renewed.content, people)


_JUDGE = """
import sys
from pathlib import Path
from signing.certificates import read_certificates
from signing.levels import judge_level
from signing.validation import verify
path, root = map(Path, sys.argv[1:])
found = judge_level(path.read_bytes(), "x", read_certificates([root]))
report = verify(path, [root])
print(found.level, *(signature.level for signature in report.signatures), report.outcome)
"""


def test_a_machine_eight_years_on_finds_the_renewed_file_as_good_as_now(
    sign: Sign,
    preserve: Callable[..., Preservation],
    services: TrustServices,
    tmp_path: Path,
) -> None:
    who = signatories_of(services.hierarchy, tmp_path, days=(-1, 20))
    content, _ = sign(Level.B_LTA, preserve(services.tsa("ending", days=(-1, 20))), who)
    lasting = preserve(services.tsa("lasting"))
    files = {"renewed": renew(content, "x", lasting).content, "left": content}
    services.status_down = True
    answers = {}
    for name, file in files.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(file)
        # The whole process lives in that year, pyHanko's own clock included.
        command = ["faketime", "-f", "+8y", sys.executable, "-c", _JUDGE, path, who.trust_roots[0]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        answers[name] = done.stdout.strip() or done.stderr.strip().splitlines()[-1]
    # Both judges: of what is made here, and of what comes from elsewhere.
    assert answers["renewed"] == "B-LTA B-LTA B-LTA VALID_CERT_EXPIRED_NOW"
    assert "not trusted" in answers["left"]


def test_renewal_needs_a_time_stamp_and_leaves_the_file_if_there_is_none(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    content, _ = sign(Level.B_LTA, preserve(tsa))
    tsa.mode = "http 503"
    with pytest.raises(TimestampUnavailable):
        renew(content, "x", preserve(tsa))
    services.status_down = True
    with pytest.raises(RevocationUnavailable):
        renew(content, "x", preserve(services.tsa("other")))


def test_only_archived_files_are_renewed(
    sign: Sign, preserve: Callable[..., Preservation], tsa: Tsa
) -> None:
    content, _ = sign(Level.B_LT, preserve(tsa))
    with pytest.raises(SignatureRejected, match="B-LT: no time stamp over"):
        renew(content, "x", preserve(tsa))


# --- certificates that may not sign ----------------------------------------------------------


def test_a_revoked_certificate_does_not_sign_and_the_earlier_file_stays(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
    tmp_path: Path,
) -> None:
    before, _ = sign(Level.B_B, preserve(tsa))
    serial = people.agency.signer.signing_cert.serial_number
    services.revoked[serial] = dt.datetime.now(dt.UTC) - DAY
    with pytest.raises(CertificateRevoked, match="UBND xã Văn Giang"):
        sign(Level.B_B, preserve(tsa))
    assert (tmp_path / "signed.pdf").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_revoked_issuer_stops_its_signers(
    sign: Sign, preserve: Callable[..., Preservation], services: TrustServices, tsa: Tsa
) -> None:
    serial = services.hierarchy.issuing.certificate.serial_number
    services.revoked[serial] = dt.datetime.now(dt.UTC) - DAY
    with pytest.raises(CertificateRevoked):
        sign(Level.B_B, preserve(tsa))


def test_a_revocation_after_the_time_stamp_does_not_undo_the_signature(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
) -> None:
    tsa.ahead = dt.timedelta(seconds=-60)
    content, _ = sign(Level.B_T, preserve(tsa))
    tsa.ahead = dt.timedelta(0)
    serial = people.officer.signer.signing_cert.serial_number
    services.revoked[serial] = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30)
    assert augment(content, "x", Level.B_LTA, preserve(tsa)).found.level is Level.B_LTA


def test_a_revocation_before_the_time_stamp_is_never_covered_up(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    tsa: Tsa,
) -> None:
    content, _ = sign(Level.B_B, preserve())
    serial = people.officer.signer.signing_cert.serial_number
    services.revoked[serial] = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    raised = augment(content, "x", Level.B_LTA, preserve(tsa))
    assert raised.found.level is Level.B_T
    assert isinstance(raised.shortfall, SignatureRejected | CertificateRevoked)


@pytest.mark.parametrize(
    ("days", "words"), [((1, 10), "not valid until|chưa có hiệu lực"), ((-10, -1), "đã hết hạn")]
)
def test_a_certificate_out_of_its_time_does_not_sign(
    sign: Sign,
    preserve: Callable[..., Preservation],
    people: Signatories,
    services: TrustServices,
    days: tuple[int, int],
    words: str,
) -> None:
    from signing.keys import HeldKeySigner

    holder = services.hierarchy.issue("Trễ hạn", days=days)
    chain = [services.hierarchy.issuing, services.hierarchy.root]
    signer = HeldKeySigner(holder.asn1, holder.key, [above.asn1 for above in chain])
    late = with_officer(people, signer)
    with pytest.raises(KeyUnavailable, match=words):
        sign(Level.B_B, preserve(), late)


def test_a_certificate_without_its_chain_does_not_sign(
    sign: Sign, preserve: Callable[..., Preservation], people: Signatories
) -> None:
    from signing.keys import HeldKeySigner

    officer = people.officer.signer
    assert isinstance(officer, HeldKeySigner)
    bare = HeldKeySigner(officer.signing_cert, officer._key, [])
    alone = with_officer(people, bare)
    with pytest.raises(ChainIncomplete, match="Suite Issuing CA"):
        sign(Level.B_B, preserve(), alone)


def test_a_clock_that_is_a_day_wrong_signs_nothing(
    sign: Sign, preserve: Callable[..., Preservation], tsa: Tsa, tmp_path: Path
) -> None:
    before, _ = sign(Level.B_B, preserve(tsa))
    tsa.ahead = DAY
    for in_signatures in (True, False):
        with pytest.raises(ClockWrong):
            sign(Level.B_LTA, preserve(tsa, in_signatures=in_signatures))
    assert (tmp_path / "signed.pdf").read_bytes() == before


def test_a_signature_that_claims_to_come_after_its_time_stamp_gets_none(
    preserve: Callable[..., Preservation],
    people: Signatories,
    tsa: Tsa,
    appearance: Appearance,
    cache: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.pdf"
    # Signed while the clock was wrong and no authority there to say so.
    ahead = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC) + DAY)
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, people, ahead, cache)
    with pytest.raises(SignatureRejected, match="after its time stamp"):
        augment(out.read_bytes(), "x", Level.B_T, preserve(tsa))


# --- judging ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archived(
    people: Signatories,
    running_services: TrustServices,
    tmp_path_factory: pytest.TempPathFactory,
    cache: Path,
) -> bytes:
    # Made for whichever test needs it first: after one, perhaps, that had certificates revoked.
    running_services.revoked.clear()
    folder = tmp_path_factory.mktemp("archived")
    stamps = TimestampSettings(
        authorities=(TimestampAuthority(url=running_services.tsa("archive").url),)
    )
    preservation = open_preservation(
        Settings(home=folder, timestamps=stamps),
        read_certificates(people.trust_roots),
        patient=True,
    )
    now = Appearance(FormOfCopy.TRUE_COPY, "UBND", dt.datetime.now(dt.UTC))
    source, out = blank_pdfa(folder / "p.pdf"), folder / "out.pdf"
    sign_copy(source, out, people, now, cache, level=Level.B_LTA, preservation=preservation)
    return out.read_bytes()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_file_never_keeps_its_level(
    archived: bytes, people: Signatories, data: st.DataObject
) -> None:
    content = bytearray(archived)
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if how == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif how == "cut":
        del content[at:]
    else:
        content[at:at] = data.draw(st.binary(min_size=1, max_size=30))
    roots = read_certificates(people.trust_roots)
    try:
        found = judge_level(bytes(content), "x", roots)
    except SohoaError:
        return
    if how == "cut":
        # At the end of a revision: what was made before the rest came.
        assert found.level is not Level.B_LTA
        return
    # Zeros behind the newest time stamp's token are all that nothing covers.
    start = archived.rfind(b"<30")
    assert how == "flip", f"{how} at {at}: {found}"
    assert start < at < archived.find(b">", start), f"flip at {at}: {found}"


def test_whom_nobody_trusts_has_no_level(archived: bytes) -> None:
    with pytest.raises(SignatureRejected, match="not trusted"):
        judge_level(archived, "x", ())


def test_a_file_without_signature_has_no_level(tmp_path: Path, people: Signatories) -> None:
    plain = blank_pdfa(tmp_path / "p.pdf").read_bytes()
    with pytest.raises(SignatureRejected, match="no signature"):
        judge_level(plain, "x", read_certificates(people.trust_roots))
