"""Certificates and moments in the words that reports use."""

from __future__ import annotations

import datetime as dt

from asn1crypto import x509 as asn1_x509

from dossiers.clock import VIETNAM
from signing.validation.verdicts import CertificateInfo


def certificate_info(certificate: asn1_x509.Certificate) -> CertificateInfo:
    """What a person wants to know of a certificate."""
    subject, issuer = certificate.subject.native, certificate.issuer.native
    return CertificateInfo(
        subject=common_name(certificate),
        organisation=first(subject.get("organization_name")),
        unit=first(subject.get("organizational_unit_name")),
        issuer=first(issuer.get("common_name")) or str(certificate.issuer.human_friendly),
        issuer_organisation=first(issuer.get("organization_name")),
        serial=format(certificate.serial_number, "x"),
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
        sha256=certificate.sha256.hex(),
    )


def day(moment: dt.datetime) -> str:
    """A day as Vietnam writes it."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def clock(moment: dt.datetime) -> str:
    """A moment in Vietnam's time, with seconds and zone."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} +07:00"


def span(difference: dt.timedelta) -> str:
    """A difference of clocks in hours and minutes (``7 h 02``)."""
    hours, minutes = divmod(round(abs(difference).total_seconds() / 60), 60)
    return f"{hours} h {minutes:02d}"


def common_name(certificate: asn1_x509.Certificate) -> str:
    """The name a person knows a certificate by."""
    return first(certificate.subject.native.get("common_name")) or str(
        certificate.subject.human_friendly
    )


def first(value: str | list[str] | None) -> str | None:
    """The first of the values that a name's attribute may have."""
    if isinstance(value, list):
        return value[0] if value else None
    return value
