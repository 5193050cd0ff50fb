"""Revocation status of certificates, from their issuers' OCSP (RFC 6960) and CRL (RFC 5280) services.

What was fetched serves twice: a revoked certificate does not sign, and the answers go into the
document security store so that the signature can be judged when the services are long gone.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import CRLValidationError, OCSPValidationError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import Fetchers
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.util import get_ocsp_urls, get_relevant_crl_dps

from dossiers.errors import RevocationUnavailable
from dossiers.settings import LevelSettings
from signing.certificates import name_of, path_to_root

log = logging.getLogger(__name__)

# A service that did not answer is not asked again for so long: a batch must not wait for it each time.
_GIVEN_UP_SECONDS = 60.0
_FAULTS = (OCSPValidationError, CRLValidationError, aiohttp.ClientError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True)
class Material:
    """What proves the status of paths: their certificates, OCSP responses and CRLs."""

    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            self.certificates + other.certificates,
            self.ocsps + other.ocsps,
            self.crls + other.crls,
        )


class StatusServices:
    """Asks for the status of certificates; answers are used again for a while, by all threads."""

    def __init__(self, settings: LevelSettings) -> None:
        self._timeout = settings.revocation_timeout_seconds
        self._reuse = settings.revocation_reuse_seconds
        self._known: dict[bytes, tuple[float, Material | RevocationUnavailable]] = {}
        self._cleared: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def clear(self, certificate: x509.Certificate) -> None:
        """Note that a certificate may sign, for as long as answers are used again."""
        with self._lock:
            self._cleared[certificate.sha256] = time.monotonic() + self._reuse

    def is_cleared(self, certificate: x509.Certificate) -> bool:
        """Whether that was found a short while ago: a batch asks once, not for every file."""
        with self._lock:
            return self._cleared.get(certificate.sha256, 0.0) > time.monotonic()

    async def material(self, path: ValidationPath) -> Material:
        """Status of every certificate of a path but the root, whose trust is our own decision.

        Raises:
            RevocationUnavailable: one of them has no service, or none that answers.
        """
        certificates = list(path.iter_certs(include_root=True))
        found = Material(certificates=tuple(certificates))
        async with aiohttp.ClientSession(trust_env=True) as session:
            backend = AIOHttpFetcherBackend(session, per_request_timeout=self._timeout)
            fetchers = backend.get_fetchers()
            for issuer, certificate in itertools.pairwise(certificates):
                found += await self._status(certificate, issuer, fetchers)
        return found

    async def _status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, fetchers: Fetchers
    ) -> Material:
        with self._lock:
            kept = self._known.get(certificate.sha256)
        if kept is not None and kept[0] > time.monotonic():
            if isinstance(kept[1], RevocationUnavailable):
                raise kept[1]
            return kept[1]
        answer: Material | RevocationUnavailable
        try:
            answer = await _fetch(certificate, issuer, fetchers)
        except RevocationUnavailable as error:
            answer = error
        failed = isinstance(answer, RevocationUnavailable)
        until = time.monotonic() + (_GIVEN_UP_SECONDS if failed else self._reuse)
        with self._lock:
            self._known[certificate.sha256] = (until, answer)
        if isinstance(answer, RevocationUnavailable):
            raise answer
        return answer


async def _fetch(
    certificate: x509.Certificate, issuer: x509.Certificate, fetchers: Fetchers
) -> Material:
    """OCSP where there is one, being smaller and fresher; else the CRLs."""
    faults = []
    if get_ocsp_urls(certificate):
        try:
            response = await fetchers.ocsp_fetcher.fetch(certificate, AuthorityWithCert(issuer))
            return Material(ocsps=(response,))
        except _FAULTS as error:
            faults.append(f"OCSP: {_why(error)}")
    if get_relevant_crl_dps(certificate, use_deltas=False):
        try:
            lists = await fetchers.crl_fetcher.fetch(certificate, use_deltas=False)
            if lists:
                return Material(crls=tuple(lists))
        except _FAULTS as error:
            faults.append(f"CRL: {_why(error)}")
    detail = "; ".join(faults) or "the certificate names no service"
    raise RevocationUnavailable(name=name_of(certificate), detail=detail)


def _why(error: BaseException) -> str:
    cause = error.__cause__ or error
    return str(cause) or type(cause).__name__


def declares_status(certificate: x509.Certificate) -> bool:
    """Whether a certificate says where its status can be asked."""
    return bool(get_ocsp_urls(certificate) or get_relevant_crl_dps(certificate, use_deltas=False))


async def check_may_sign(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    services: StatusServices,
) -> None:
    """Before signing (TT 15/2025/TT-BKHCN): the chain stands, and the newest status is no revocation.

    A service that does not answer is logged and does not stop the signature: the level that needs
    its answer is then reached later.

    Raises:
        ChainIncomplete, KeyUnavailable: the chain does not lead to a root, or is not valid now.
        CertificateRevoked: the certificate, or one above it, is revoked.
    """
    if services.is_cleared(certificate):
        return
    path = await path_to_root(certificate, others, roots)
    if not any(declares_status(c) for c in path.iter_certs(include_root=False)):
        services.clear(certificate)
        return
    try:
        material = await services.material(path)
    except RevocationUnavailable as error:
        log.warning("signing without knowing the revocation status: %s", error)
        return
    context = ValidationContext(
        trust_roots=list(roots),
        crls=list(material.crls),
        ocsps=list(material.ocsps),
        revocation_mode="hard-fail",
        # What was fetched counts as of now, whatever moment it was made.
        retroactive_revinfo=True,
    )
    await path_to_root(certificate, others, roots, context=context)
    services.clear(certificate)
