"""Outcomes and reasons: time proven or claimed, revocation inside the file, levels, weak hashes."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import jsonschema
import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from signing.validation import Outcome, Rules, Trust, VerificationReport, verify
from signing.validation.outcomes import CertificateState, Revocation, TimeSource
from signing.validation.report_json import as_json
from tests.servers.certificates import Holder
from tests.signing.authority import Ca, day, plain, sign, stamp, with_material

NOW = day(2026, 11, 25)
STRICT = Rules(require_revocation=True)
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "verify.schema.json"
FOUR_YEARS = (day(2020), day(2024))


@pytest.fixture(scope="module")
def ca() -> Ca:
    return Ca()


@pytest.fixture(scope="module")
def signer(ca: Ca) -> Holder:
    return ca.holder("Nguyễn Văn Thử")


@pytest.fixture(scope="module")
def tsa(ca: Ca) -> Holder:
    return ca.tsa()


@pytest.fixture(scope="module")
def old(ca: Ca) -> Holder:
    """A signer whose certificate ran out in 2024."""
    return ca.holder("Trần Thị Cũ", FOUR_YEARS)


class Judge:
    """Writes a file and has it judged; every report is checked against the published schema."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        self._path, self._trust = folder / "van-ban.pdf", trust
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        self._schema = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )

    def __call__(
        self, content: bytes, rules: Rules | None = None, at: dt.datetime = NOW
    ) -> VerificationReport:
        self._path.write_bytes(content)
        report = verify(self._path, self._trust, at, rules)
        self._schema.validate(json.loads(json.dumps(as_json(report))))
        return report


@pytest.fixture
def judge(tmp_path: Path, ca: Ca) -> Judge:
    return Judge(tmp_path, ca.trust)


def codes(report: VerificationReport, index: int = 0) -> set[str]:
    return {reason.code for reason in report.signatures[index].reasons}


# --- time -------------------------------------------------------------------------------------


def test_a_claimed_time_is_said_to_be_claimed(judge: Judge, signer: Holder) -> None:
    report = judge(sign(plain(), signer, day(2026, 5)))
    assert report.outcome is Outcome.VALID
    (verdict,) = report.signatures
    assert verdict.time_source is TimeSource.CLAIMED
    assert verdict.signed_at == day(2026, 5)
    assert verdict.proven_at is None
    assert {"TIME_CLAIMED", "REVOCATION_MISSING"} <= codes(report)
    assert report.level == "B-B"


def test_a_time_stamp_proves_the_time_even_after_the_certificate_has_expired(
    judge: Judge, old: Holder, tsa: Holder
) -> None:
    report = judge(sign(plain(), old, day(2023), stamped_by=tsa))
    assert report.outcome is Outcome.VALID_CERT_EXPIRED_NOW
    assert report.ok
    (verdict,) = report.signatures
    assert verdict.proven_at == day(2023)
    assert verdict.time_source is TimeSource.TIME_STAMP
    assert verdict.certificate_now is CertificateState.EXPIRED
    assert report.level == "B-T"


def test_without_a_time_stamp_an_expired_certificate_proves_nothing(
    judge: Judge, old: Holder
) -> None:
    report = judge(sign(plain(), old, day(2023)))
    assert report.outcome is Outcome.INDETERMINATE
    assert "TIME_NOT_PROVEN" in codes(report)


def test_signing_after_expiry_is_refused_with_and_without_proof(
    judge: Judge, old: Holder, tsa: Holder
) -> None:
    for content in (
        sign(plain(), old, day(2025), stamped_by=tsa),
        # The signer claims a time inside the validity; the time stamp knows better.
        sign(plain(), old, day(2023), stamped_by=tsa, stamped_at=day(2025)),
        sign(plain(), old, day(2025)),
    ):
        report = judge(content)
        assert report.outcome is Outcome.INVALID_CERT
        assert "CERT_EXPIRED_THEN" in codes(report)


def test_a_document_time_stamp_of_later_makes_nothing_worse(
    judge: Judge, old: Holder, tsa: Holder
) -> None:
    report = judge(stamp(sign(plain(), old, day(2023)), tsa, day(2025)))
    assert report.outcome is Outcome.INDETERMINATE
    assert "TIME_NOT_PROVEN" in codes(report)
    assert report.signatures[0].proven_at is None


def test_a_document_time_stamp_proves_the_time_as_well(
    judge: Judge, old: Holder, tsa: Holder
) -> None:
    report = judge(stamp(sign(plain(), old, day(2023)), tsa, day(2023, 2)))
    assert report.outcome is Outcome.VALID_CERT_EXPIRED_NOW
    assert report.signatures[0].time_source is TimeSource.DOCUMENT_TIME_STAMP
    assert report.signatures[0].proven_at == day(2023, 2)
    (listed,) = report.document_time_stamps
    assert listed.field == "DauThoiGian"
    assert listed.outcome is Outcome.VALID


def test_an_expired_time_stamp_counts_only_while_a_later_one_protects_it(
    judge: Judge, ca: Ca, old: Holder, tsa: Holder
) -> None:
    short = ca.tsa((day(2022), day(2024, 6)), "TSA hết hạn")
    signed = sign(plain(), old, day(2023), stamped_by=short)
    alone = judge(signed)
    assert alone.outcome is Outcome.INDETERMINATE
    assert "STAMP_UNUSABLE" in codes(alone)
    assert [r.code for r in alone.signatures[0].time_stamps[0].reasons] == ["STAMP_EXPIRED"]
    renewed = judge(stamp(signed, tsa, day(2024, 3)))
    assert renewed.outcome is Outcome.VALID_CERT_EXPIRED_NOW
    assert renewed.signatures[0].proven_at == day(2023)
    too_late = judge(stamp(signed, tsa, day(2025)))
    assert too_late.outcome is Outcome.INDETERMINATE


def test_an_untrusted_time_stamp_proves_nothing(judge: Judge, old: Holder) -> None:
    report = judge(sign(plain(), old, day(2023), stamped_by=Ca("Lạ").tsa()))
    assert report.outcome is Outcome.INDETERMINATE
    assert report.signatures[0].time_stamps[0].outcome is Outcome.UNTRUSTED_CA


def test_a_time_stamp_of_another_signature_proves_nothing(
    judge: Judge, old: Holder, tsa: Holder
) -> None:
    report = judge(
        with_stamp_of(
            sign(plain(), old, day(2023), stamped_by=tsa),
            sign(plain(2), old, day(2022), stamped_by=tsa),
        )
    )
    assert report.outcome is Outcome.INDETERMINATE
    (found,) = report.signatures[0].time_stamps
    assert found.outcome is Outcome.INVALID_CHANGED
    assert [reason.code for reason in found.reasons] == ["STAMP_IMPRINT"]


def with_stamp_of(content: bytes, other: bytes) -> bytes:
    """The first file, its signature carrying the time stamp of the second's."""
    places, values = [], []
    for file in (content, other):
        (embedded,) = PdfFileReader(BytesIO(file)).embedded_regular_signatures
        places.append([int(number) for number in embedded.byte_range])
        values.append(cms.ContentInfo.load(embedded.pkcs7_content))
    first, second = (value["content"]["signer_infos"][0] for value in values)
    first["unsigned_attrs"] = second["unsigned_attrs"]
    _, start, end, _ = places[0]
    value = values[0].dump(force=True).hex().encode().ljust(end - start - 2, b"0")
    return content[: start + 1] + value + content[end - 1 :]


def test_ocsp_responses_inside_the_file_count_as_well(tmp_path: Path, tsa: Holder) -> None:
    ca = Ca("CA có OCSP", ocsp=True)
    signer = ca.holder("Người ký")
    path = tmp_path / "x.pdf"
    (root_crl, _) = ca.crls(day(2026, 1, 2), day(2027))
    for revoked, outcome in ((None, Outcome.VALID), (day(2026, 1, 15), Outcome.INVALID_CERT)):
        answer = ca.ocsp_response(signer, day(2026, 2), day(2027), revoked)
        content = sign(plain(), signer, day(2026, 2))
        path.write_bytes(with_material(content, [ca.issuing], [root_crl], [answer]))
        report = verify(path, ca.trust, NOW, STRICT)
        assert report.outcome is outcome
        assert report.signatures[0].revocation is Revocation.CHECKED
        assert report.signatures[0].revoked_at == revoked


def test_a_certificate_that_may_not_stamp_is_no_authority(
    judge: Judge, ca: Ca, old: Holder
) -> None:
    mail = [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    signs_mail = ca.holder("Thư điện tử", usages=mail, key=ca.tsa().key)
    report = judge(sign(plain(), old, day(2023), stamped_by=signs_mail))
    assert report.outcome is Outcome.INDETERMINATE
    assert report.signatures[0].time_stamps[0].outcome is Outcome.INVALID_CERT


def test_clocks_that_differ_are_told(judge: Judge, signer: Holder, tsa: Holder) -> None:
    seven_ahead = day(2026, 5) + dt.timedelta(hours=7)
    report = judge(sign(plain(), signer, seven_ahead, stamped_by=tsa, stamped_at=day(2026, 5)))
    assert report.outcome is Outcome.VALID
    (told,) = (r for r in report.signatures[0].reasons if r.code == "TIME_DIFFERS")
    assert "7 h 00" in told.vi


def test_vietnams_hour_written_as_utc_into_the_cms_does_not_move_the_time(
    judge: Judge, signer: Holder
) -> None:
    content = sign(plain(), signer, day(2026, 5), pades=False, cms_ahead=dt.timedelta(hours=7))
    (embedded,) = PdfFileReader(BytesIO(content)).embedded_regular_signatures
    assert embedded.self_reported_timestamp == day(2026, 5) + dt.timedelta(hours=7)
    assert judge(content).signatures[0].signed_at == day(2026, 5)


def test_a_signature_from_the_future_is_not_accepted(judge: Judge, signer: Holder) -> None:
    report = judge(sign(plain(), signer, NOW + dt.timedelta(days=1)))
    assert report.outcome is Outcome.INDETERMINATE
    assert "TIME_IN_FUTURE" in codes(report)


# --- certificates -----------------------------------------------------------------------------


def test_unknown_authorities_and_wrong_usages_are_refused(judge: Judge, ca: Ca) -> None:
    stranger = judge(sign(plain(), Ca("Lạ").holder("Người lạ"), day(2026)))
    assert stranger.outcome is Outcome.UNTRUSTED_CA
    assert "CERT_UNTRUSTED" in codes(stranger)
    for holder in (
        ca.holder("Máy chủ", usages=[ExtendedKeyUsageOID.SERVER_AUTH]),
        ca.holder("Chỉ mã hóa", may_sign=False),
    ):
        report = judge(sign(plain(), holder, day(2026)))
        assert report.outcome is Outcome.INVALID_CERT
        assert "CERT_UNUSABLE" in codes(report)


def test_an_intermediate_alone_is_no_anchor(tmp_path: Path, ca: Ca, signer: Holder) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(sign(plain(), signer, day(2026)))
    assert verify(path, Trust((), (ca.issuing.asn1,))).outcome is Outcome.UNTRUSTED_CA
    assert verify(path, Trust((ca.root.asn1,), ())).outcome is Outcome.UNTRUSTED_CA
    assert verify(path, ca.trust).outcome is Outcome.VALID


def test_a_revoked_authority_proves_nothing_any_more(
    judge: Judge, ca: Ca, old: Holder, tsa: Holder
) -> None:
    crls = ca.crls(day(2025, 2), day(2027), {tsa: day(2025)})
    signed = sign(plain(), old, day(2023), stamped_by=tsa)
    report = judge(with_material(signed, [ca.issuing], crls))
    assert report.outcome is Outcome.INDETERMINATE
    (found,) = report.signatures[0].time_stamps
    assert [reason.code for reason in found.reasons] == ["STAMP_EXPIRED"]


def test_short_keys_and_md5_are_refused(judge: Judge, ca: Ca) -> None:
    short = ca.holder("Khóa ngắn", key=rsa.generate_private_key(65537, 1024))  # noqa: S505
    report = judge(sign(plain(), short, day(2026)))
    assert report.outcome is Outcome.INVALID_CERT
    assert "CERT_WEAK" in codes(report)
    broken = ca.holder("MD5", key=rsa.generate_private_key(65537, 2048))
    report = judge(sign(plain(), broken, day(2026), digest="md5", pades=False))
    assert report.outcome is Outcome.INVALID_CERT
    assert "CERT_WEAK" in codes(report)


def test_sha1_has_its_own_outcome_and_says_where(
    judge: Judge, ca: Ca, signer: Holder, tsa: Holder
) -> None:
    weak = judge(sign(plain(), signer, day(2026), digest="sha1"))
    assert weak.outcome is Outcome.VALID_WEAK_HASH
    assert not weak.ok
    assert "SHA1_SIGNATURE" in codes(weak)
    issued = ca.issued_with_sha1("Chứng thư SHA-1")
    report = judge(sign(plain(), issued, day(2026), stamped_by=tsa))
    assert report.outcome is Outcome.VALID_WEAK_HASH
    assert "SHA1_CERTIFICATE" in codes(report)


# --- revocation -------------------------------------------------------------------------------


def test_missing_revocation_data_are_told_and_refused_where_they_are_required(
    judge: Judge, signer: Holder, tsa: Holder
) -> None:
    signed = sign(plain(), signer, day(2026), stamped_by=tsa)
    assert judge(signed).outcome is Outcome.VALID
    strict = judge(signed, STRICT)
    assert strict.outcome is Outcome.INDETERMINATE
    assert "REVOCATION_MISSING" in codes(strict)
    assert strict.signatures[0].revocation is Revocation.MISSING


def test_certificates_that_publish_no_revocation_need_none(tmp_path: Path) -> None:
    ca = Ca("Không công bố", site=None)
    path = tmp_path / "x.pdf"
    path.write_bytes(sign(plain(), ca.holder("Thử"), day(2026)))
    report = verify(path, ca.trust, NOW, STRICT)
    assert report.outcome is Outcome.VALID
    assert report.signatures[0].revocation is Revocation.NOT_DECLARED


def test_the_file_alone_is_enough_at_level_lt_and_stays_so_at_lta(
    judge: Judge, ca: Ca, old: Holder, tsa: Holder
) -> None:
    crls = ca.crls(day(2023, 1, 2), day(2023, 1, 9))
    signed = sign(plain(), old, day(2023), stamped_by=tsa)
    held = with_material(signed, [ca.issuing, ca.root], crls)
    report = judge(held, STRICT, at=day(2023, 1, 5))
    assert (report.outcome, report.level) == (Outcome.VALID, "B-LT")
    assert report.signatures[0].revocation is Revocation.CHECKED
    archived = stamp(held, tsa, day(2023, 1, 3))
    for moment in (day(2023, 1, 5), NOW, day(2040)):
        report = judge(archived, STRICT, at=moment)
        assert report.ok
    # The archive time stamp's own revocation data come with the next renewal.
    assert report.level in ("B-LT", "B-LTA")


def test_a_document_time_stamp_over_the_material_makes_lta(
    judge: Judge, ca: Ca, signer: Holder, tsa: Holder
) -> None:
    crls = ca.crls(day(2026, 1, 2), day(2027))
    held = with_material(sign(plain(), signer, day(2026), stamped_by=tsa), [ca.issuing], crls)
    assert judge(held).level == "B-LT"
    assert judge(stamp(held, tsa, day(2026, 1, 3))).level == "B-LTA"
    # Material that came after the last time stamp is not protected by it.
    bare = stamp(sign(plain(), signer, day(2026), stamped_by=tsa), tsa, day(2026, 1, 3))
    assert judge(with_material(bare, [ca.issuing], crls)).level == "B-LT"


def test_validation_data_without_the_issuing_certificates_are_not_enough_for_lt(
    judge: Judge, ca: Ca, signer: Holder, tsa: Holder
) -> None:
    crls = ca.crls(day(2026, 1, 2), day(2027))
    report = judge(with_material(sign(plain(), signer, day(2026), stamped_by=tsa), [], crls))
    assert (report.outcome, report.level) == (Outcome.VALID, "B-T")


def test_what_pyhanko_passes_as_an_archive_we_find_to_be_one(
    judge: Judge, ca: Ca, signer: Holder, tsa: Holder
) -> None:
    """EN 319 102-1, 5.6.3, as pyHanko implements it, with all revocation data required."""
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[ca.root.asn1]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, offline))
    timing = ValidationTimingInfo(NOW, NOW, point_in_time_validation=True)
    crls = ca.crls(day(2026, 1, 2), day(2027))
    signed = sign(plain(), signer, day(2026), stamped_by=tsa)
    held = with_material(signed, [ca.issuing, ca.root], crls)
    archived = stamp(held, tsa, day(2026, 1, 3))
    levels = {}
    for content in (signed, held, archived):
        (embedded,) = PdfFileReader(BytesIO(content)).embedded_regular_signatures
        found = asyncio.run(ades_lta_validation(embedded, spec, timing_info=timing))
        levels[judge(content, STRICT).level] = found.ades_subindic
    assert [level for level, result in levels.items() if result is AdESPassed.OK] == ["B-LTA"]
    assert set(levels) == {"B-T", "B-LT", "B-LTA"}


def test_levels_need_the_form_that_pades_asks_for(
    judge: Judge, signer: Holder, tsa: Holder
) -> None:
    report = judge(sign(plain(), signer, day(2026), stamped_by=tsa, pades=False))
    assert report.outcome is Outcome.VALID
    assert report.level is None
    assert "NOT_PADES" in codes(report)


def test_a_revocation_counts_unless_a_time_stamp_is_older(
    judge: Judge, ca: Ca, signer: Holder, tsa: Holder
) -> None:
    crls = ca.crls(day(2026, 6), day(2027), {signer: day(2026, 3)})
    claimed = judge(with_material(sign(plain(), signer, day(2026)), [], crls))
    assert claimed.outcome is Outcome.INVALID_CERT
    assert "CERT_REVOKED" in codes(claimed)
    assert claimed.signatures[0].revoked_at == day(2026, 3)
    proven = judge(with_material(sign(plain(), signer, day(2026), stamped_by=tsa), [], crls))
    assert proven.outcome is Outcome.VALID_CERT_EXPIRED_NOW
    assert "CERT_REVOKED_SINCE" in codes(proven)
    after = sign(plain(), signer, day(2026, 4), stamped_by=tsa)
    assert judge(with_material(after, [], crls)).outcome is Outcome.INVALID_CERT


def test_revocation_data_signed_by_another_authority_count_for_nothing(
    judge: Judge, signer: Holder
) -> None:
    forged = Ca("CA thử nghiệm").crls(day(2026, 6), day(2027))
    content = with_material(sign(plain(), signer, day(2026)), [], forged)
    report = judge(content, STRICT)
    assert report.outcome is Outcome.INDETERMINATE


def test_a_crl_issued_after_expiry_does_not_speak_of_the_certificate(
    judge: Judge, ca: Ca, old: Holder, tsa: Holder
) -> None:
    signed = sign(plain(), old, day(2023), stamped_by=tsa)
    late = with_material(signed, [], ca.crls(day(2025), day(2027)))
    assert judge(late, STRICT).outcome is Outcome.INDETERMINATE


@pytest.fixture
def published() -> Iterator[tuple[Ca, list[str]]]:
    """An authority whose CRL of 2026 a web server gives out, and what the server was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            root, issuing = self.server.crls  # type: ignore[attr-defined]
            body = (root if "root" in self.path else issuing).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/pkix-crl")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ca = Ca("Trực tuyến", site=f"http://127.0.0.1:{server.server_port}")
    server.crls = ca.crls(day(2026, 11), day(2027))  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ca, asked
    server.shutdown()
    server.server_close()


def test_the_network_is_asked_only_on_demand_and_only_for_trusted_chains(
    tmp_path: Path, published: tuple[Ca, list[str]]
) -> None:
    ca, asked = published
    path = tmp_path / "x.pdf"
    path.write_bytes(sign(plain(), ca.holder("Thử"), day(2026, 11, 2)))
    assert verify(path, ca.trust, NOW, STRICT).outcome is Outcome.INDETERMINATE
    online = Rules(require_revocation=True, online=True)
    assert verify(path, Ca("Khác").trust, NOW, online).outcome is Outcome.UNTRUSTED_CA
    assert asked == []
    report = verify(path, ca.trust, NOW, online)
    assert asked != []
    assert report.online
    assert report.outcome is Outcome.VALID
    # The files that follow, of whomever, find the lists of their authority.
    before = len(asked)
    other = tmp_path / "other.pdf"
    other.write_bytes(sign(plain(), ca.holder("Người khác"), day(2026, 11, 2)))
    assert verify(other, ca.trust, NOW, online).outcome is Outcome.VALID
    assert len(asked) == before


def test_a_dead_revocation_service_is_told(judge: Judge, signer: Holder) -> None:
    report = judge(sign(plain(), signer, day(2026)), Rules(require_revocation=True, online=True))
    assert report.outcome is Outcome.INDETERMINATE
    assert {reason.code for reason in report.reasons} == {"FETCH_FAILED"}


# --- several signatures, and files that are none -----------------------------------------------


def test_the_worst_signature_decides_and_each_is_told_apart(
    judge: Judge, signer: Holder, ca: Ca
) -> None:
    first = sign(plain(), signer, day(2026), field_name="Mot", certify=MDPPerm.FILL_FORMS)
    second = sign(first, ca.holder("Cơ quan"), day(2026, 2), field_name="Hai")
    report = judge(second)
    assert report.outcome is Outcome.VALID
    one, two = report.signatures
    assert (one.field, two.field) == ("Mot", "Hai")
    assert (one.certifies, two.certifies) == (True, False)
    assert (one.whole_document, two.whole_document) == (False, True)
    assert "LATER_SIGNATURES" in codes(report)
    third = judge(sign(second, Ca("Lạ").holder("Người lạ"), day(2026, 3), field_name="Ba"))
    assert third.outcome is Outcome.UNTRUSTED_CA
    assert [v.outcome for v in third.signatures] == [
        Outcome.VALID,
        Outcome.VALID,
        Outcome.UNTRUSTED_CA,
    ]


def test_files_without_signatures_locked_or_too_large_have_their_own_verdicts(
    judge: Judge, tmp_path: Path, tsa: Holder, ca: Ca
) -> None:
    assert judge(plain()).outcome is Outcome.NOT_SIGNED
    stamped = judge(stamp(plain(), tsa, day(2026)))
    assert stamped.outcome is Outcome.NOT_SIGNED
    assert [r.code for r in stamped.reasons] == ["ONLY_TIME_STAMPED"]
    locked = tmp_path / "locked.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    report = verify(locked, ca.trust)
    assert report.outcome is Outcome.INDETERMINATE
    assert [r.code for r in report.reasons] == ["ENCRYPTED"]
    small = verify(locked, ca.trust, rules=Rules(max_bytes=100))
    assert [r.code for r in small.reasons] == ["TOO_LARGE"]
