"""Validation material: certificates, CRLs and OCSP responses found in a file (or fetched for it)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import cms, crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError

_EXPIRED_ON_CRL = "2.5.29.60"


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates and revocation data; nothing in it is trusted before it has been verified."""

    certificates: tuple[asn1_x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            self.certificates + other.certificates,
            self.crls + other.crls,
            self.ocsps + other.ocsps,
        )

    def speaking_of(self, certificate: asn1_x509.Certificate) -> Material:
        """Without revocation data issued after the certificate expired: by then it may be left out.

        RFC 5280, 3.3; a CRL with ``expiredCertsOnCRL`` (X.509, 9.5.2.8) and an OCSP response with an
        archive cut-off (RFC 6960, 4.4.4) do speak of it.
        """
        end = certificate.not_valid_after
        return Material(
            self.certificates,
            tuple(c for c in self.crls if c.issuer != certificate.issuer or _crl_reaches(c, end)),
            tuple(o for o in self.ocsps if _ocsp_reaches(o, certificate, end)),
        )


def material_of(reader: PdfFileReader | HistoricalResolver) -> Material:
    """What the document security store holds (EN 319 142-1, 5.4.2), in this revision of the file."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return Material()
    return Material(
        tuple(store.load_certs()),
        tuple(
            crl.CertificateList.load(ref.get_object().read_data(DecodePurpose.CRL))
            for ref in store.crls
        ),
        tuple(
            ocsp.OCSPResponse.load(ref.get_object().read_data(DecodePurpose.OCSP_RESPONSE))
            for ref in store.ocsps
        ),
    )


def material_in(signed_data: cms.SignedData) -> Material:
    """What a CMS structure itself carries: certificates, CRLs, Adobe's revocation attribute."""
    certificates = tuple(
        choice.chosen for choice in signed_data["certificates"] if choice.name == "certificate"
    )
    crls = [choice.chosen for choice in _crls(signed_data) if choice.name == "certificate_list"]
    ocsps: list[ocsp.OCSPResponse] = []
    attributes = signed_data["signer_infos"][0]["signed_attrs"]
    for archive in find_cms_attribute_iter(attributes, "adobe_revocation_info_archival"):
        crls.extend(archive["crl"] or ())
        ocsps.extend(archive["ocsp"] or ())
    return Material(certificates, tuple(crls), tuple(ocsps))


def _crls(signed_data: cms.SignedData) -> Iterator[cms.RevocationInfoChoice]:
    if signed_data["crls"].native is not None:
        yield from signed_data["crls"]


def _crl_reaches(revoked: crl.CertificateList, end: dt.datetime) -> bool:
    body = revoked["tbs_cert_list"]
    if body["this_update"].native <= end:
        return True
    return any(e["extn_id"].dotted == _EXPIRED_ON_CRL for e in body["crl_extensions"] or ())


def _ocsp_reaches(
    response: ocsp.OCSPResponse, certificate: asn1_x509.Certificate, end: dt.datetime
) -> bool:
    if response["response_status"].native != "successful":
        return False
    data = response.response_data
    for single in data["responses"]:
        if single["cert_id"]["serial_number"].native != certificate.serial_number:
            continue
        cutoff = single.archive_cutoff_value
        if single["this_update"].native > end and (cutoff is None or cutoff.native > end):
            return False
    return True
