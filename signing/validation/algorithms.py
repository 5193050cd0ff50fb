"""Algorithms of a CMS signature: which are refused, and which hash functions it rests on.

TT 15/2025/TT-BKHCN asks for RSA of 2048 bits and more and for SHA-256 and better. MD5 and shorter keys
are refused outright; SHA-1 was the rule until a few years ago and is an outcome of its own.
"""

from __future__ import annotations

from contextlib import suppress

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

WEAK_HASHES = frozenset({"sha1"})
# For certificates as well (signing.validation.paths).
POLICY = DisallowWeakAlgorithmsPolicy(weak_hash_algos={"md2", "md4", "md5"})


def refused(signer: cms.SignerInfo, certificate: asn1_x509.Certificate) -> str:
    """Why the algorithm or the key may not be used; empty if it may."""
    algorithm = signer["signature_algorithm"]
    if not POLICY.digest_algorithm_allowed(signer["digest_algorithm"], None):
        return str(signer["digest_algorithm"]["algorithm"].native)
    allowed = POLICY.signature_algorithm_allowed(algorithm, None, certificate.public_key)
    if allowed:
        return ""
    size = certificate.public_key.bit_size
    return f"{algorithm['algorithm'].native}, {size} bit"


def hashes_of(signer: cms.SignerInfo) -> frozenset[str]:
    """The hash functions of the content's digest and of the signature over it."""
    found = {str(signer["digest_algorithm"]["algorithm"].native).lower()}
    # Plain RSA is named without its hash, which is then the digest's; Ed25519 has its own.
    with suppress(ValueError):
        found.add(str(signer["signature_algorithm"].hash_algo).lower())
    return frozenset(found)
