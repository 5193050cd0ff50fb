"""Revocation data from the network, when asked for, and only for certificates that lead to an anchor.

The addresses stand in the certificates of the file. Before they are followed the path must have been
verified, so that a stranger's file cannot make this machine call where the stranger likes. Issuing
certificates are never fetched: they belong into the trust store.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import Fetchers, FetchLimits

from signing.validation.answers import Answer, Answers
from signing.validation.material import Material, material_in
from signing.validation.paths import Usage, certificate_at
from signing.validation.trust import Trust
from signing.validation.words import common_name

_SECONDS = 15
# Of this process: one run's files, and those of a portal that runs for weeks.
_KNOWN = Answers()
_LIMITS = FetchLimits(max_requests=100, max_cert_requests=0)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, and for whom nothing came (name and cause)."""

    material: Material = field(default_factory=Material)
    failures: tuple[str, ...] = ()


@dataclass(slots=True)
class _Basket:
    crls: list[crl.CertificateList] = field(default_factory=list)
    ocsps: list[ocsp.OCSPResponse] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)


async def fetch_for(
    signatures: list[EmbeddedPdfSignature],
    trust: Trust,
    in_file: Material,
    now: dt.datetime,
    known: Answers = _KNOWN,
) -> Fetched:
    """CRLs and OCSP responses for all signers, time-stamp authorities and their issuers.

    What was fetched a short while ago, for an earlier file, is used again.
    """
    basket = _Basket()
    backend = AIOHttpFetcherBackend(per_request_timeout=_SECONDS, limits=_LIMITS)
    async with backend as fetchers:
        for signature in signatures:
            for certificate, material, usage in _certificates(signature):
                # Judged inside its validity: an expired certificate's address may be asked as well.
                moment = min(now, certificate.not_valid_after)
                found = await certificate_at(certificate, trust, in_file + material, moment, usage)
                if found.path is None or found.since is not None:
                    continue
                chain = list(found.path.iter_certs(include_root=True))
                for issuer, subject in pairwise(chain):
                    await _gather(subject, issuer, fetchers, basket, known)
    return Fetched(
        Material((), tuple(basket.crls), tuple(basket.ocsps)), tuple(dict.fromkeys(basket.failures))
    )


def _certificates(
    signature: EmbeddedPdfSignature,
) -> list[tuple[asn1_x509.Certificate, Material, Usage]]:
    own = material_in(signature.signed_data)
    stamp = str(signature.sig_object.get("/SubFilter")) == "/ETSI.RFC3161"
    found = [(signature.signer_cert, own, Usage.STAMP if stamp else Usage.SIGN)]
    for token in extract_tst_data_iter(signature.signer_info, signed=False):
        try:
            authority = extract_certs_for_validation(token).signer_cert
        except (SignatureValidationError, ValueError):
            continue  # judged, and told, as a broken time stamp
        found.append((authority, material_in(token), Usage.STAMP))
    return found


async def _gather(
    subject: asn1_x509.Certificate,
    issuer: asn1_x509.Certificate,
    fetchers: Fetchers,
    basket: _Basket,
    known: Answers,
) -> None:
    if subject.sha256 in basket.seen:
        return
    basket.seen.add(subject.sha256)
    causes = []
    if subject.ocsp_urls:
        answer = await known.ask(
            (issuer.sha256, subject.sha256), lambda: _ocsp(subject, issuer, fetchers)
        )
        basket.ocsps.extend(answer.ocsps)
        if answer.ocsps:
            return
        causes.append(f"OCSP: {answer.failure}")
    points = subject.crl_distribution_points
    if points:
        # All whom an issuer lists in the same place share its list.
        where = b"".join(point.dump() for point in points)
        answer = await known.ask((issuer.sha256, where), lambda: _crls(subject, fetchers))
        basket.crls.extend(answer.crls)
        if not answer.failure:
            return
        causes.append(f"CRL: {answer.failure}")
    if causes:
        basket.failures.append(f"{common_name(subject)}: {'; '.join(causes)}")


async def _ocsp(
    subject: asn1_x509.Certificate, issuer: asn1_x509.Certificate, fetchers: Fetchers
) -> Answer:
    try:
        return Answer(
            ocsps=(await fetchers.ocsp_fetcher.fetch(subject, AuthorityWithCert(issuer)),)
        )
    except (OCSPFetchError, TimeoutError, ValueError) as error:
        return Answer(failure=str(error) or type(error).__name__)


async def _crls(subject: asn1_x509.Certificate, fetchers: Fetchers) -> Answer:
    try:
        return Answer(crls=tuple(await fetchers.crl_fetcher.fetch(subject)))
    except (CRLFetchError, TimeoutError, ValueError) as error:
        return Answer(failure=str(error) or type(error).__name__)
