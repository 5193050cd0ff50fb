"""A certification authority in memory, and files signed with it at any moment and level.

Keys, certificates, CRLs and time-stamp tokens are real; only the clock is the test's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import pikepdf
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.signers.pdf_signer import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfSigningSession,
    PdfTimeStamper,
)
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.validation import Trust
from tests.servers.certificates import (
    Holder,
    Key,
    crl_at,
    make_certificate,
    make_key,
    ocsp_at,
)

LONG = (dt.datetime(2015, 1, 1, tzinfo=dt.UTC), dt.datetime(2045, 1, 1, tzinfo=dt.UTC))


def day(year: int, month: int = 1, number: int = 1) -> dt.datetime:
    return dt.datetime(year, month, number, tzinfo=dt.UTC)


@dataclass
class Ca:
    """Root and issuing authority; certificates name a CRL on ``site`` where one is given."""

    name: str = "CA thử nghiệm"
    site: str | None = "http://127.0.0.1:9"
    ocsp: bool = False
    root: Holder = field(init=False)
    issuing: Holder = field(init=False)

    def __post_init__(self) -> None:
        self.root = self._issue(f"{self.name} gốc", None, ca=True)
        self.issuing = self._issue(f"{self.name} cấp 2", self.root, ca=True)

    @property
    def trust(self) -> Trust:
        """The root as anchor, the issuing authority at hand: as for Vietnam's agencies."""
        return Trust((self.root.asn1,), (self.issuing.asn1,))

    def holder(
        self,
        name: str,
        valid: tuple[dt.datetime, dt.datetime] = LONG,
        *,
        usages: list[x509.ObjectIdentifier] | None = None,
        may_sign: bool = True,
        key: Key | None = None,
    ) -> Holder:
        return self._issue(name, self.issuing, valid, usages, may_sign=may_sign, key=key)

    def tsa(
        self, valid: tuple[dt.datetime, dt.datetime] = LONG, name: str = "TSA thử nghiệm"
    ) -> Holder:
        return self.holder(name, valid, usages=[ExtendedKeyUsageOID.TIME_STAMPING])

    def crls(
        self,
        this: dt.datetime,
        until: dt.datetime,
        revoked: dict[Holder, dt.datetime] | None = None,
    ) -> list[asn1_crl.CertificateList]:
        """The CRLs of both authorities."""
        made = []
        for issuer in (self.root, self.issuing):
            builder = (
                x509.CertificateRevocationListBuilder()
                .issuer_name(issuer.certificate.subject)
                .last_update(this)
                .next_update(until)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(
                        issuer.certificate.public_key()
                    ),
                    critical=False,
                )
                .add_extension(x509.CRLNumber(1), critical=False)
            )
            for holder, moment in (revoked or {}).items():
                if holder.certificate.issuer == issuer.certificate.subject:
                    entry = x509.RevokedCertificateBuilder()
                    entry = entry.serial_number(holder.certificate.serial_number)
                    builder = builder.add_revoked_certificate(entry.revocation_date(moment).build())
            signed = builder.sign(issuer.key, hashes.SHA256())
            made.append(asn1_crl.CertificateList.load(signed.public_bytes(Encoding.DER)))
        return made

    def ocsp_response(
        self, holder: Holder, this: dt.datetime, until: dt.datetime, revoked: dt.datetime | None
    ) -> asn1_ocsp.OCSPResponse:
        """What the issuing authority itself answers."""
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            holder.certificate, self.issuing.certificate, hashes.SHA256(), status, this, until,
            revoked, x509.ReasonFlags.key_compromise if revoked else None,
        )  # fmt: skip
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuing.certificate)
        answer = builder.sign(self.issuing.key, hashes.SHA256())
        return asn1_ocsp.OCSPResponse.load(answer.public_bytes(Encoding.DER))

    def _issue(
        self,
        name: str,
        issuer: Holder | None,
        valid: tuple[dt.datetime, dt.datetime] = LONG,
        usages: list[x509.ObjectIdentifier] | None = None,
        *,
        ca: bool = False,
        may_sign: bool = True,
        key: Key | None = None,
    ) -> Holder:
        # The time-stamping half of pyHanko signs with RSA only.
        stamps = usages is not None and ExtendedKeyUsageOID.TIME_STAMPING in usages
        key = key or (_rsa_key() if stamps else make_key("p256"))
        others: list[x509.ExtensionType] = []
        if self.ocsp and issuer and not ca:
            others.append(ocsp_at(f"{self.site}/ocsp"))
        if self.site and issuer:
            others.append(crl_at(f"{self.site}/{'root' if ca else 'issuing'}.crl"))
        made = make_certificate(
            name,
            key,
            issuer,
            valid,
            organisation="Cơ quan thử nghiệm",
            ca=ca,
            bits=("digital_signature", "key_encipherment")[0 if may_sign else 1 :],
            extended=usages or [],
            others=others,
        )
        return Holder(made, key)

    def issued_with_sha1(self, name: str) -> Holder:
        """What authorities did until about 2016, and no library does any more."""
        holder = self.holder(name)
        certificate = holder.asn1
        algorithm = {"algorithm": "sha1_ecdsa"}
        certificate["tbs_certificate"]["signature"] = algorithm
        certificate["signature_algorithm"] = algorithm
        content = certificate["tbs_certificate"].dump(force=True)
        assert isinstance(self.issuing.key, ec.EllipticCurvePrivateKey)
        certificate["signature_value"] = self.issuing.key.sign(
            content,
            ec.ECDSA(hashes.SHA1()),  # noqa: S303 - the point of it
        )
        der = certificate.dump(force=True)
        return Holder(x509.load_der_x509_certificate(der), holder.key)


@cache
def _rsa_key() -> Key:
    return make_key("rsa2048")


def plain(pages: int = 1, *, text: bytes = b"0 g 100 700 200 20 re f") -> bytes:
    """A small PDF with something on its pages."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=(595, 842))
            page.obj.Contents = pdf.make_stream(text)
        save(pdf, out)
    return out.getvalue()


def save(pdf: pikepdf.Pdf, out: BytesIO) -> None:
    """Legibly, so that forgeries can be written by hand."""
    pdf.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
    )


class _At(PdfSigner):
    """Claims the moment it is told, and does not mind what earlier signers forbade."""

    moment: dt.datetime

    def _enforce_certification_constraints(self, reader: PdfFileReader) -> None:
        pass

    def init_signing_session(
        self, pdf_out: IncrementalPdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.moment
        return session


class _Ahead(SimpleSigner):
    """Signs with a CMS clock that may be ahead of the one of the PDF."""

    def __init__(self, holder: Holder, ahead: dt.timedelta | None) -> None:
        super().__init__(holder.asn1, holder.private, SimpleCertificateStore())
        self._ahead = ahead

    async def signed_attrs(
        self,
        data_digest: bytes,
        digest_algorithm: str,
        attr_settings: PdfCMSSignedAttributes | None = None,
        **options: object,
    ) -> object:
        if self._ahead and attr_settings and attr_settings.signing_time:
            later = attr_settings.signing_time + self._ahead
            attr_settings = dataclasses.replace(attr_settings, signing_time=later)
        return await super().signed_attrs(data_digest, digest_algorithm, attr_settings, **options)


def sign(
    content: bytes,
    holder: Holder,
    at: dt.datetime,
    *,
    field_name: str = "ChuKy",
    stamped_by: Holder | None = None,
    stamped_at: dt.datetime | None = None,
    certify: MDPPerm | None = None,
    digest: str = "sha256",
    pades: bool = True,
    box: tuple[int, int, int, int] | None = None,
    cms_ahead: dt.timedelta | None = None,
) -> bytes:
    """The content with one more signature; ``cms_ahead`` puts the CMS's own clock forward."""
    subfilter = SigSeedSubFilter.PADES if pades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    metadata = PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm=digest,
        subfilter=subfilter,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
    )
    signer = _At(
        metadata,
        _Ahead(holder, cms_ahead),
        timestamper=_stamper(stamped_by, stamped_at or at) if stamped_by else None,
        new_field_spec=SigFieldSpec(field_name, on_page=0, box=box),
    )
    signer.moment = at
    out = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(content))
    if writer.prev.encrypted:
        writer.encrypt("")  # locked against changes only: anybody may read it
    signer.sign_pdf(writer, output=out)
    return out.getvalue()


def stamp(content: bytes, tsa: Holder, at: dt.datetime, name: str = "DauThoiGian") -> bytes:
    """The content with a document time stamp."""
    out = BytesIO()
    PdfTimeStamper(_stamper(tsa, at), field_name=name).timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(content)), "sha256", output=out
    )
    return out.getvalue()


def with_material(
    content: bytes,
    certificates: list[Holder],
    crls: list[asn1_crl.CertificateList],
    ocsps: list[asn1_ocsp.OCSPResponse] | None = None,
) -> bytes:
    """The content with a document security store."""
    out = BytesIO(content)
    DocumentSecurityStore.add_dss(
        out, None, certs=[holder.asn1 for holder in certificates], crls=crls, ocsps=ocsps
    )
    return out.getvalue()


def _stamper(tsa: Holder, at: dt.datetime) -> DummyTimeStamper:
    return DummyTimeStamper(
        tsa.asn1, tsa.private, SimpleCertificateStore(), fixed_dt=at, include_nonce=False
    )
