"""A certificate at one moment: its path (RFC 5280, 6), its revocation, what it may be used for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext, find_valid_path
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from signing.validation.algorithms import POLICY, WEAK_HASHES
from signing.validation.material import Material
from signing.validation.outcomes import CertificateState, Revocation
from signing.validation.trust import Trust
from signing.validation.words import common_name


class Usage(Enum):
    """What a certificate was used for.

    Seals of agencies often lack nonRepudiation: digitalSignature is enough to sign. A certificate whose
    extended usages are all for something else (a web server's, say) may not sign documents.
    """

    SIGN = KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"},
        extd_key_usage={
            "any_extended_key_usage",
            "email_protection",
            "client_auth",
            "microsoft_smart_card_logon",
            "microsoft_document_signing",
            "adobe_authentic_documents_trust",
            "1.2.840.113583.1.1.5",
            "1.3.6.1.4.1.311.10.3.12",
            "1.3.6.1.5.5.7.3.36",  # RFC 9336, document signing
        },
        explicit_extd_key_usage_required=False,
    )
    STAMP = KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"},
        extd_key_usage={"time_stamping"},
        explicit_extd_key_usage_required=True,
    )


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """A certificate at one moment; ``since`` is when it expired, began, or was revoked."""

    state: CertificateState
    revocation: Revocation
    path: ValidationPath | None = None
    since: dt.datetime | None = None
    detail: str = ""

    @property
    def weak(self) -> tuple[str, ...]:
        """Names on certificates of the path, below its anchor, that were issued with SHA-1."""
        if self.path is None:
            return ()
        certificates = list(self.path.iter_certs(include_root=False))
        return tuple(common_name(c) for c in certificates if c.hash_algo in WEAK_HASHES)


async def certificate_at(
    certificate: asn1_x509.Certificate,
    trust: Trust,
    material: Material,
    moment: dt.datetime,
    usage: Usage,
) -> PathVerdict:
    """Judge a certificate as of ``moment`` from the material given, offline.

    Revocation data issued after that moment count for it: they name the date of a revocation.
    """
    attempts = (
        (RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, Revocation.CHECKED),
        (RevocationCheckingRule.CHECK_IF_DECLARED, Revocation.NOT_DECLARED),
        # What is known of one certificate counts, though nothing is of another one of the path.
        (RevocationCheckingRule.CHECK_IF_DECLARED_SOFT, Revocation.MISSING),
        (RevocationCheckingRule.NO_CHECK, Revocation.MISSING),
    )
    for rule, revocation in attempts:
        try:
            path = await _path(certificate, trust, material, moment, usage, rule)
        except InsufficientRevinfoError:
            continue
        except (ValidationError, PathBuildingError) as error:
            return _refused(error, certificate)
        state = CertificateState.GOOD
        if revocation is Revocation.MISSING:
            state = CertificateState.UNKNOWN
        return PathVerdict(state, revocation, path)
    raise AssertionError("without revocation checks no revocation data can be missing")


async def _path(
    certificate: asn1_x509.Certificate,
    trust: Trust,
    material: Material,
    moment: dt.datetime,
    usage: Usage,
    rule: RevocationCheckingRule,
) -> ValidationPath:
    known = material.speaking_of(certificate)
    context = ValidationContext(
        trust_roots=list(trust.anchors),
        other_certs=[*known.certificates, *trust.intermediates],
        crls=list(known.crls),
        ocsps=list(known.ocsps),
        allow_fetching=False,
        moment=moment,
        best_signature_time=moment,
        revinfo_policy=CertRevTrustPolicy(
            RevocationCheckingPolicy(rule, rule), retroactive_revinfo=True
        ),
        # SHA-1 is judged by the caller, as an outcome of its own.
        algorithm_usage_policy=POLICY,
        # Clocks of signers and authorities are seldom a minute apart.
        time_tolerance=dt.timedelta(seconds=60),
    )
    paths = context.path_builder.async_build_paths_lazy(certificate)
    path: ValidationPath = await find_valid_path(certificate, paths, validation_context=context)
    usage.value.validate(certificate)
    return path


def _refused(error: Exception, certificate: asn1_x509.Certificate) -> PathVerdict:
    """What kind of refusal an exception of the path validation is."""
    state, since, detail = CertificateState.UNUSABLE, None, str(error)
    if isinstance(error, PathValidationError) and error.is_side_validation:
        pass  # of a responder's or CRL issuer's certificate, not of this path
    elif isinstance(error, RevokedError):
        state, since = CertificateState.REVOKED, error.revocation_dt
    elif isinstance(error, ExpiredError):
        state, since = CertificateState.EXPIRED, error.expired_dt
    elif isinstance(error, NotYetValidError):
        state, since = CertificateState.NOT_YET_VALID, error.valid_from
    elif isinstance(error, DisallowedAlgorithmError):
        state = CertificateState.WEAK
    elif isinstance(error, PathBuildingError) or _alone(error, certificate):
        state, detail = CertificateState.UNTRUSTED, certificate.issuer.human_friendly
    path = error.original_path if isinstance(error, PathValidationError) else None
    revocation = Revocation.CHECKED if state is CertificateState.REVOKED else Revocation.NOT_CHECKED
    return PathVerdict(state, revocation, path, since, detail)


def _alone(error: Exception, certificate: asn1_x509.Certificate) -> bool:
    """A self-signed certificate that is no anchor is reported as invalid; it is simply not trusted."""
    return isinstance(error, InvalidCertificateError) and certificate.self_signed in (
        "yes",
        "maybe",
    )
