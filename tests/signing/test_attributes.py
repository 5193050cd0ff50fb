"""The attributes that are made once are those that pyHanko makes each time."""

from __future__ import annotations

import asyncio

from pyhanko.sign.ades.api import CAdESSignedAttrSpec
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer

from signing.keys import Signatories


def test_they_are_those_of_pyhanko_byte_for_byte(signatories: Signatories) -> None:
    signer = signatories.officer.signer
    for settings in (
        None,
        PdfCMSSignedAttributes(),
        PdfCMSSignedAttributes(cades_signed_attrs=CAdESSignedAttrSpec()),
    ):
        for pades in (True, False):
            ours = signer.signed_attrs(bytes(32), "sha256", settings, use_pades=pades)
            stock = Signer.signed_attrs(signer, bytes(32), "sha256", settings, use_pades=pades)
            assert asyncio.run(ours).dump() == asyncio.run(stock).dump()
