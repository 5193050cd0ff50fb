"""Signed attributes of a PAdES signature, made once for each certificate.

What names the certificate (signing-certificate-v2, RFC 5035) is the same in every signature. PyHanko
builds it anew, and asn1crypto encodes what is built from dictionaries again whenever it is looked at:
some thousand times a signature, 7 of its 10 ms. Loaded from DER it is encoded already.
"""

from __future__ import annotations

from functools import cached_property

from asn1crypto import cms, tsp
from pyhanko.sign.attributes import CMSAttributeProvider
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.pdf_cms import (
    PdfCMSSignedAttributes,
    Signer,
    format_signed_attributes,
)
from pyhanko.sign.timestamps.api import TimeStamper


class SigningCertificateOnce(Signer):
    """A signer, to be inherited from, that names its certificate without building the name anew."""

    async def signed_attrs(
        self,
        data_digest: bytes,
        digest_algorithm: str,
        attr_settings: PdfCMSSignedAttributes | None = None,
        content_type: str = "data",
        use_pades: bool = False,
        timestamper: TimeStamper | None = None,
        dry_run: bool = False,
        is_pdf_sig: bool = True,
    ) -> cms.CMSAttributes:
        """Content type, digest and certificate: all that PAdES wants; pyHanko's own for the rest."""
        plain = attr_settings is None or attr_settings.cades_signed_attrs is None
        if use_pades and is_pdf_sig and plain:
            named = _Ready(self._certificate_name)
            return await format_signed_attributes(data_digest, [named], content_type, dry_run)
        return await super().signed_attrs(
            data_digest,
            digest_algorithm,
            attr_settings,
            content_type,
            use_pades,
            timestamper,
            dry_run,
            is_pdf_sig,
        )

    @cached_property
    def _certificate_name(self) -> bytes:
        name: bytes = as_signing_certificate_v2(self.signing_cert).dump()
        return name


class _Ready(CMSAttributeProvider):
    attribute_type = "signing_certificate_v2"

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        del dry_run
        return tsp.SigningCertificateV2.load(self._encoded)
