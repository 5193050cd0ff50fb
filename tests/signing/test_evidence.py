"""Evidence records (RFC 4998): trees, renewals over decades, hostile records."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import algos, cms, crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from dossiers.errors import EvidenceStampFailed, InvalidEvidence
from dossiers.settings import Settings, TimestampAuthority, TimestampSettings
from signing.evidence import syntax
from signing.evidence.hash_tree import HashTree, climb, digest
from signing.evidence.record import ArchiveTimeStamp, EvidenceRecord, encoded_chains
from signing.evidence.stamping import Authority, open_authority, take_stamp
from signing.evidence.test_authority import Made, make
from signing.evidence.tokens import EvidenceOutcome
from signing.evidence.verification import EvidenceReport, verify_record
from signing.renewal import renew_at
from tests.servers.evidence_tsa import Tsa, serving


def h(content: bytes, algorithm: str = "sha256") -> bytes:
    return hashlib.new(algorithm, content).digest()


def day(year: int, month: int = 6) -> dt.datetime:
    return dt.datetime(year, month, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def first_tsa() -> Iterator[Tsa]:
    """An authority whose certificate holds from 2024 to the end of 2030."""
    with serving(make("Authority A", day(2024, 1), day(2030, 12))) as tsa:
        yield tsa


@pytest.fixture(scope="module")
def second_tsa() -> Iterator[Tsa]:
    """The one that follows it, from 2025 to 2045."""
    with serving(make("Authority B", day(2025, 1), day(2045, 1))) as tsa:
        yield tsa


@pytest.fixture(scope="module")
def roots(first_tsa: Tsa, second_tsa: Tsa, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("roots")
    return [first_tsa.root(folder), second_tsa.root(folder)]


def stamp(tsa: Tsa, root: bytes, algorithm: str, at: dt.datetime) -> bytes:
    """A token by way of HTTP, with the authority's clock set."""
    tsa.at = at
    client = RequestsHTTPTimeStamper(tsa.url)
    return bytes(asyncio.run(client.async_timestamp(root, algorithm)).dump())


def records(
    tsa: Tsa, objects: list[bytes], at: dt.datetime, algorithm: str = "sha256"
) -> list[EvidenceRecord]:
    tree = HashTree((h(o, algorithm) for o in objects), algorithm)
    token = stamp(tsa, tree.root, algorithm, at)
    return [
        EvidenceRecord.begun(ArchiveTimeStamp.made(algorithm, tree.reduced(h(o, algorithm)), token))
        for o in objects
    ]


def judge(
    record: EvidenceRecord | bytes, content: bytes, roots: list[Path], at: dt.datetime
) -> EvidenceReport:
    encoded = record if isinstance(record, bytes) else record.dump()
    return verify_record(encoded, lambda algorithm: h(content, algorithm), roots, at)


# --- trees -----------------------------------------------------------------------------------


def test_the_tree_of_the_rfc() -> None:
    """RFC 4998, 4.2, its figure: h123 over (h12, h3), h12 over (h1, h2abc)."""
    a, b = sorted([h(b"d1"), h(b"d2")])
    c = h(b"d3")
    h12 = h(a + b)
    h123 = h(min(h12, c) + max(h12, c))
    assert climb(a, ((a, b), (c,)), "sha256") == h123
    assert climb(b, ((a, b), (c,)), "sha256") == h123
    assert climb(c, (tuple(sorted((h12, c))),), "sha256") == h123
    # A group of three documents is proved by its members together.
    h2a, h2b, h2c = (h(name) for name in (b"2a", b"2b", b"2c"))
    group = h(b"".join(sorted((h2a, h2b, h2c))))
    top = h(min(group, c) + max(group, c))
    for member in (h2a, h2b, h2c):
        assert climb(member, ((h2b, h2c, h2a), (c,)), "sha256") == top
    assert climb(c, ((h2b, h2c, h2a), (c,)), "sha256") is None  # only the first list counts


def test_order_is_binary_and_not_by_position() -> None:
    low, high = bytes(32), b"\xff" * 32
    assert HashTree([high, low], "sha256").root == h(low + high)
    assert HashTree([low, high], "sha256").root == h(low + high)


def test_a_node_without_partner_rises_unchanged() -> None:
    leaves = sorted(h(bytes([i])) for i in range(3))
    tree = HashTree(leaves, "sha256")
    pair = h(leaves[0] + leaves[1])
    assert tree.root == h(min(pair, leaves[2]) + max(pair, leaves[2]))
    assert tree.reduced(leaves[2]) == (tuple(sorted((pair, leaves[2]))),)
    assert HashTree([leaves[0]], "sha256").root == leaves[0]
    assert HashTree([leaves[0]], "sha256").reduced(leaves[0]) == ()


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 70), algorithm=st.sampled_from(["sha256", "sha512"]))
def test_every_object_of_any_number_leads_to_the_root(count: int, algorithm: str) -> None:
    leaves = [h(number.to_bytes(2, "big"), algorithm) for number in range(count)]
    tree = HashTree(reversed(leaves), algorithm)
    for leaf in leaves:
        reduced = tree.reduced(leaf)
        assert climb(leaf, reduced, algorithm) == tree.root
        assert all(len(values) > 1 for values in reduced[:1])
        assert len(reduced) <= max(1, count - 1).bit_length()
    stranger = h(b"not inside", algorithm)
    with pytest.raises(KeyError):
        tree.reduced(stranger)
    assert climb(stranger, tree.reduced(leaves[0]), algorithm) != tree.root


@settings(max_examples=200, deadline=None)
@given(data=st.data(), count=st.integers(2, 40))
def test_any_flipped_bit_of_a_reduced_tree_leads_elsewhere(data: st.DataObject, count: int) -> None:
    leaves = [h(number.to_bytes(2, "big")) for number in range(count)]
    tree = HashTree(leaves, "sha256")
    leaf = data.draw(st.sampled_from(leaves))
    reduced = [list(values) for values in tree.reduced(leaf)]
    level = data.draw(st.integers(0, len(reduced) - 1))
    place = data.draw(st.integers(0, len(reduced[level]) - 1))
    bit = data.draw(st.integers(0, 255))
    number = int.from_bytes(reduced[level][place], "big") ^ (1 << bit)
    reduced[level][place] = number.to_bytes(32, "big")
    assert climb(leaf, tuple(map(tuple, reduced)), "sha256") != tree.root


def test_what_cannot_be_a_tree_is_refused() -> None:
    for leaves in ([], [b"short"], [bytes(32), bytes(64)]):
        with pytest.raises(ValueError, match="hashes of 32 bytes"):
            HashTree(leaves, "sha256")
    with pytest.raises(ValueError, match="not an algorithm"):
        HashTree([bytes(20)], "sha1")


# --- records ---------------------------------------------------------------------------------


def test_one_time_stamp_proves_every_object_of_the_day(first_tsa: Tsa, roots: list[Path]) -> None:
    objects = [b"object %d" % number for number in range(11)]
    asked = first_tsa.asked
    made = records(first_tsa, objects, day(2026))
    assert first_tsa.asked == asked + 1
    for content, record in zip(objects, made, strict=True):
        report = judge(record, content, roots, day(2027))
        assert report.ok, report.en
        assert report.proved_since == day(2026)
        assert report.valid_until == day(2030, 12)
        assert report.stamps[0].authority == "Authority A"
        assert EvidenceRecord.load(record.dump()) == record
    other = judge(made[0], objects[1], roots, day(2027))
    assert other.outcome is EvidenceOutcome.NOT_COVERED
    assert not other.ok


def test_our_encoder_and_asn1crypto_agree(first_tsa: Tsa) -> None:
    for count in (1, 2, 5, 40):
        objects = [b"%d" % number for number in range(count)]
        record = records(first_tsa, objects, day(2026))[-1]
        parsed = syntax.EvidenceRecordSyntax.load(record.dump(), strict=True)
        (only,) = record.chains[0]
        # Of its own accord asn1crypto writes NULL parameters, which RFC 5754 advises against.
        algorithm = algos.DigestAlgorithm.load(syntax.algorithm_der("sha256"))
        built = syntax.ArchiveTimeStamp({"digest_algorithm": algorithm})
        if only.reduced:
            built["reduced_hashtree"] = [list(values) for values in only.reduced]
        built["time_stamp"] = cms.ContentInfo.load(only.token)
        assert built.dump() == only.encoded
        assert parsed["digest_algorithms"][0]["algorithm"].native == "sha256"
        assert parsed["archive_time_stamp_sequence"].dump() == encoded_chains(record.chains)


def renewed(record: EvidenceRecord, tsa: Tsa, at: dt.datetime) -> EvidenceRecord:
    """As the night does it: among other due tokens, by one time stamp."""
    tree = HashTree(
        [record.renewal_hash(), *(h(b"%d" % n, record.algorithm) for n in range(4))],
        record.algorithm,
    )
    token = stamp(tsa, tree.root, record.algorithm, at)
    return record.renewed(
        ArchiveTimeStamp.made(record.algorithm, tree.reduced(record.renewal_hash()), token)
    )


def rehashed(record: EvidenceRecord, content: bytes, tsa: Tsa, at: dt.datetime) -> EvidenceRecord:
    leaf = record.rehash(h(content, "sha512"), "sha512")
    tree = HashTree([leaf, *(h(b"%d" % n, "sha512") for n in range(6))], "sha512")
    token = stamp(tsa, tree.root, "sha512", at)
    return record.rehashed(ArchiveTimeStamp.made("sha512", tree.reduced(leaf), token))


def test_renewed_in_time_it_outlives_the_first_authority(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    record = records(first_tsa, [b"deed", b"other"], day(2026))[0]
    assert judge(record, b"deed", roots, day(2033)).outcome is EvidenceOutcome.EXPIRED
    longer = renewed(record, second_tsa, day(2030))
    report = judge(longer, b"deed", roots, day(2033))
    assert report.ok, report
    assert report.proved_since == day(2026)
    assert report.valid_until == day(2045, 1)
    assert [v.authority for v in report.stamps] == ["Authority A", "Authority B"]
    # Both hold only with both roots, each at its own moment.
    assert judge(longer, b"deed", roots[:1], day(2033)).outcome is EvidenceOutcome.UNTRUSTED
    assert judge(longer, b"deed", roots, day(2046)).outcome is EvidenceOutcome.EXPIRED
    late = renewed(record, second_tsa, day(2031))
    assert judge(late, b"deed", roots, day(2033)).outcome is EvidenceOutcome.EXPIRED


def test_a_hash_algorithm_is_replaced_and_the_new_chain_renewed(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    record = renewed(records(first_tsa, [b"deed", b"x"], day(2026))[0], second_tsa, day(2028))
    record = rehashed(record, b"deed", second_tsa, day(2029))
    record = renewed(record, second_tsa, day(2032))
    assert [len(chain) for chain in record.chains] == [2, 2]
    again = EvidenceRecord.load(record.dump())
    report = judge(again.dump(), b"deed", roots, day(2040))
    assert report.ok, report
    assert [v.algorithm for v in report.stamps] == ["sha256", "sha256", "sha512", "sha512"]
    assert judge(again, b"Deed", roots, day(2040)).outcome is EvidenceOutcome.NOT_COVERED
    with pytest.raises(ValueError, match="keeps its hash algorithm"):
        record.renewed(record.chains[0][0])


def test_a_new_chain_over_other_evidence_is_invalid(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    """The new chain is bound to the old ones: they cannot be exchanged for others of the object."""
    at_first = records(first_tsa, [b"deed", b"x"], day(2026))[0]
    at_second = records(first_tsa, [b"deed", b"x"], day(2027))[0]
    record = rehashed(at_first, b"deed", second_tsa, day(2029))
    assert judge(record, b"deed", roots, day(2030)).ok
    forged = EvidenceRecord((at_second.chains[0], record.chains[1]))
    assert judge(forged, b"deed", roots, day(2030)).outcome is EvidenceOutcome.INVALID
    without = EvidenceRecord((record.chains[1],))
    assert judge(without, b"deed", roots, day(2030)).outcome is EvidenceOutcome.NOT_COVERED


def test_a_stamp_from_before_the_one_it_renews_is_invalid(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    record = renewed(records(first_tsa, [b"d", b"x"], day(2028))[0], second_tsa, day(2027))
    assert judge(record, b"d", roots, day(2029)).outcome is EvidenceOutcome.INVALID
    of_tomorrow = records(first_tsa, [b"d"], day(2029))[0]
    assert judge(of_tomorrow, b"d", roots, day(2028)).outcome is EvidenceOutcome.INVALID


def test_every_changed_byte_of_a_record_is_noticed(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    record = renewed(records(first_tsa, [b"d", b"x"], day(2026))[0], second_tsa, day(2028))
    content = record.dump()
    # All of it costs minutes; a stride that is prime to any structure walks over all its parts.
    for place in range(0, len(content), 53):
        changed = bytearray(content)
        changed[place] ^= 0x41
        report = judge(bytes(changed), b"d", roots, day(2029))
        if report.ok:  # what a token says twice (sets of certificates, names) may be said otherwise
            assert _only_unsigned_parts_differ(content, bytes(changed)), place


def _only_unsigned_parts_differ(content: bytes, changed: bytes) -> bool:
    """Whether two records stamp the same by the same signatures."""

    def signed(encoded: bytes) -> list[tuple[bytes, bytes, object]]:
        found = []
        for chain in EvidenceRecord.load(encoded).chains:
            for item in chain:
                data = cms.ContentInfo.load(item.token)["content"]
                found.append(
                    (
                        data["encap_content_info"]["content"].contents,
                        data["signer_infos"][0]["signature"].native,
                        item.reduced,
                    )
                )
        return found

    return signed(content) == signed(changed)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400))
def test_no_bytes_make_the_verifier_stumble(content: bytes) -> None:
    report = verify_record(content, lambda algorithm: h(b"", algorithm), [], day(2027))
    assert report.outcome is EvidenceOutcome.INVALID


def test_records_on_weak_hashes_or_without_end_are_refused(first_tsa: Tsa) -> None:
    record = records(first_tsa, [b"d", b"x"], day(2026))[0]
    (only,) = record.chains[0]
    weak = replace(only, encoded=syntax.encode_time_stamp("sha1", only.reduced, only.token))
    with pytest.raises(InvalidEvidence, match="sha1"):
        EvidenceRecord.load(EvidenceRecord.begun(weak).dump())
    with pytest.raises(InvalidEvidence, match="bytes"):
        EvidenceRecord.load(bytes(17 * 1024 * 1024))


# --- time stamps -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tsa() -> Iterator[Tsa]:
    with serving() as running:
        yield running


def asking(home: Path, url: str, *roots: Path) -> Settings:
    stamps = TimestampSettings(
        authorities=(TimestampAuthority(url=url),),
        trust_roots=roots,
        rounds=1,
        breaker_seconds=0.001,
    )
    return Settings(home=home, timestamps=stamps)


def test_a_stamp_is_verified_before_it_is_taken(tsa: Tsa, tmp_path: Path) -> None:
    trusted = tsa.root(tmp_path)
    plain = RequestsHTTPTimeStamper(tsa.url)
    authority = open_authority(asking(tmp_path, tsa.url, trusted))
    assert not authority.test
    root = h(b"root")
    # Evidence's own checks hold behind a client that has none.
    for each in (authority, Authority(plain, (trusted,), test=False)):
        stamped = asyncio.run(take_stamp(each, root, "sha256"))
        assert stamped.root == root
        for mood in ("refuse", "other hash", "dead"):
            tsa.mood = mood
            with pytest.raises(EvidenceStampFailed):
                asyncio.run(take_stamp(each, root, "sha256"))
        tsa.mood = "good"
        tsa.at = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        with pytest.raises(EvidenceStampFailed):
            asyncio.run(take_stamp(each, root, "sha256"))
        tsa.at = None
    with pytest.raises(EvidenceStampFailed, match="UNTRUSTED"):
        asyncio.run(take_stamp(Authority(plain, (), test=False), root, "sha256"))
    for url in (tsa.url, "http://127.0.0.1:9/"):
        with pytest.raises(EvidenceStampFailed):
            asyncio.run(take_stamp(open_authority(asking(tmp_path, url)), root, "sha256"))


def test_a_certificate_for_another_purpose_does_not_stamp(tmp_path: Path) -> None:
    other = make("Signer of code", purpose=ExtendedKeyUsageOID.CODE_SIGNING)
    with serving(other) as tsa:
        client = RequestsHTTPTimeStamper(tsa.url)
        lax = Authority(client, (tsa.root(tmp_path),), test=False)
        with pytest.raises(EvidenceStampFailed, match="UNTRUSTED"):
            asyncio.run(take_stamp(lax, h(b"root"), "sha256"))
        strict = open_authority(asking(tmp_path, tsa.url, tsa.root(tmp_path)))
        with pytest.raises(EvidenceStampFailed):
            asyncio.run(take_stamp(strict, h(b"root"), "sha256"))


def test_openssl_verifies_our_time_stamps_over_the_root(tsa: Tsa, tmp_path: Path) -> None:
    tree = HashTree((h(b"%d" % number) for number in range(5)), "sha256")
    (tmp_path / "token.tst").write_bytes(stamp(tsa, tree.root, "sha256", dt.datetime.now(dt.UTC)))
    tsa.at = None
    command = ["openssl", "ts", "-verify", "-digest", tree.root.hex(), "-token_in"]
    files = ["-in", tmp_path / "token.tst", "-CAfile", tsa.root(tmp_path)]
    assert subprocess.run([*command, *files], check=False, capture_output=True).returncode == 0


def test_without_an_address_a_test_authority_stamps_and_says_so(tmp_path: Path) -> None:
    authority = open_authority(Settings(home=tmp_path))
    assert authority.test
    stamped = asyncio.run(take_stamp(authority, h(b"root"), "sha256"))
    again = open_authority(Settings(home=tmp_path))
    assert again.trust_roots == authority.trust_roots
    issuer = cms.ContentInfo.load(stamped.token)["content"]["certificates"][0].chosen.issuer
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in issuer.native["organization_name"]
    assert (
        tmp_path / "pki" / "evidence" / "authority" / "authority.key"
    ).stat().st_mode & 0o077 == 0


def test_renewal_is_due_in_time_and_not_every_night() -> None:
    before = dt.timedelta(days=180)
    assert renew_at(day(2026), day(2036), before) == day(2036) - before
    # Taken 60 days before the end: due half-way, not at once.
    late = day(2036) - dt.timedelta(days=60)
    assert renew_at(late, day(2036), before) == day(2036) - dt.timedelta(days=30)
    assert digest(b"", "sha256") == h(b"")


# --- revocation ------------------------------------------------------------------------------


def revocation_list(made: Made, *serials: tuple[int, dt.datetime], at: dt.datetime) -> bytes:
    """A list of an authority's root as of ``at``, valid for a month (RFC 5280, 5)."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(made.root.subject)
        .last_update(at)
        .next_update(at + dt.timedelta(days=30))
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(made.root_key.public_key()),
            critical=False,
        )
    )
    for serial, since in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(made.root_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def test_lists_of_revoked_certificates_are_heeded(
    first_tsa: Tsa, second_tsa: Tsa, roots: list[Path]
) -> None:
    first, second = first_tsa.made, second_tsa.made
    serial, now = first.certificate.serial_number, day(2029)
    record = records(first_tsa, [b"deed", b"x"], day(2026))[0]
    longer = renewed(record, second_tsa, day(2028))

    def outcome(which: EvidenceRecord, *lists: bytes) -> tuple[EvidenceOutcome, str]:
        report = verify_record(which.dump(), lambda name: h(b"deed", name), roots, now, lists)
        return report.outcome, report.revocation

    good = revocation_list(first, at=now - dt.timedelta(days=1))
    good_second = revocation_list(second, at=now - dt.timedelta(days=1))
    assert outcome(record) == (EvidenceOutcome.VALID, "not_checked")
    assert outcome(record, good) == (EvidenceOutcome.VALID, "checked")
    assert outcome(longer, good) == (EvidenceOutcome.VALID, "not_checked")  # of one path only
    assert outcome(longer, good, good_second) == (EvidenceOutcome.VALID, "checked")
    in_2027 = revocation_list(first, (serial, day(2027)), at=now - dt.timedelta(days=1))
    assert outcome(record, in_2027)[0] is EvidenceOutcome.REVOKED
    assert outcome(longer, in_2027, good_second)[0] is EvidenceOutcome.REVOKED
    # Revoked only after the renewal: that one stands on its own.
    later = revocation_list(first, (serial, day(2028, 9)), at=now - dt.timedelta(days=1))
    assert outcome(record, later)[0] is EvidenceOutcome.REVOKED
    assert outcome(longer, later, good_second) == (EvidenceOutcome.VALID, "checked")
    # Somebody else's list of the same name counts for nothing.
    other = make("Authority A", day(2024, 1), day(2030, 12))
    forged = revocation_list(other, (serial, day(2027)), at=now - dt.timedelta(days=1))
    assert outcome(record, forged) == (EvidenceOutcome.VALID, "not_checked")
    # A list that came inside a time stamp counts like one that is handed in.
    for inside, expected in ((good, "VALID"), (in_2027, "REVOKED")):
        token = cms.ContentInfo.load(record.last.token)
        listed = crl.CertificateList.load(inside)
        token["content"]["crls"] = [cms.RevocationInfoChoice("crl", listed)]
        carrying = ArchiveTimeStamp.made("sha256", record.last.reduced, token.dump(force=True))
        assert outcome(EvidenceRecord.begun(carrying))[0] == expected


# --- another implementation ------------------------------------------------------------------


def test_bouncy_castle_reads_our_records_and_we_read_its(tmp_path: Path) -> None:
    """Begun, renewed by time stamp, renewed by hash tree; in both directions."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.signing.bouncy_castle", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["accepts_ours"] == [True, True, True]
    assert said["accepts_others"] == [False, False, False]
    assert said["theirs"] == [
        "VALID: 1", "NOT_COVERED: 1", "VALID: 2", "NOT_COVERED: 2", "VALID: 3", "NOT_COVERED: 3",
    ]  # fmt: skip
