"""Evidence records between us and Bouncy Castle's Java, in a process of its own (one JVM a process).

Run with a folder of root certificates; prints one line of JSON that ``test_evidence`` looks at.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import jpype

from signing.evidence.hash_tree import HashTree
from signing.evidence.record import ArchiveTimeStamp, EvidenceRecord
from signing.evidence.test_authority import make
from signing.evidence.verification import verify_record
from tests.servers.evidence_tsa import Tsa

JARS = [Path("/usr/share/java") / f"{name}.jar" for name in ("bcprov", "bcutil", "bcpkix")]
OBJECTS = [b"object %d" % number for number in range(7)]


def token_over(tsa: Tsa, root: bytes, algorithm: str, at: dt.datetime) -> bytes:
    from asn1crypto import tsp

    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": root}
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
    tsa.at = at
    response = tsp.TimeStampResp.load(tsa.answer(request.dump()))
    return bytes(response["time_stamp_token"].dump())


def ours(tsa: Tsa, at: list[dt.datetime]) -> list[bytes]:
    """A record as begun, as renewed by time stamp, and as renewed by hash tree."""
    tree = HashTree((hashlib.sha256(o).digest() for o in OBJECTS), "sha256")
    own = hashlib.sha256(OBJECTS[3]).digest()
    begun = EvidenceRecord.begun(
        ArchiveTimeStamp.made(
            "sha256", tree.reduced(own), token_over(tsa, tree.root, "sha256", at[0])
        )
    )
    others = [hashlib.sha256(b"token %d" % number).digest() for number in range(4)]
    tree = HashTree([begun.renewal_hash(), *others], "sha256")
    renewed = begun.renewed(
        ArchiveTimeStamp.made(
            "sha256",
            tree.reduced(begun.renewal_hash()),
            token_over(tsa, tree.root, "sha256", at[1]),
        )
    )
    leaf = renewed.rehash(hashlib.sha512(OBJECTS[3]).digest(), "sha512")
    tree = HashTree([leaf, hashlib.sha512(b"another").digest()], "sha512")
    rehashed = renewed.rehashed(
        ArchiveTimeStamp.made(
            "sha512", tree.reduced(leaf), token_over(tsa, tree.root, "sha512", at[2])
        )
    )
    return [record.dump() for record in (begun, renewed, rehashed)]


def main(folder: Path) -> dict[str, Any]:
    start, end = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    tsa = Tsa(make("Suite", start, end))
    times = [dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2021, 2022, 2023, 2026)]
    ers = jpype.JPackage("org.bouncycastle.tsp.ers")
    tsp = jpype.JPackage("org.bouncycastle.tsp")
    jca = jpype.JPackage("org.bouncycastle.operator.jcajce")
    algorithm = jpype.JPackage("org.bouncycastle.asn1.x509").AlgorithmIdentifier
    oids = jpype.JPackage("org.bouncycastle.asn1.nist").NISTObjectIdentifiers
    verifiers = jpype.JPackage("org.bouncycastle.cms.jcajce").JcaSimpleSignerInfoVerifierBuilder
    digests = jca.JcaDigestCalculatorProviderBuilder().build()
    today = jpype.java.util.Date()

    def accepts(record: bytes, content: bytes) -> bool:
        try:
            read = ers.ERSEvidenceRecord(record, digests)
            read.validate(verifiers().build(read.getSigningCertificate()))
            read.validatePresent(ers.ERSByteData(content), today)
        except jpype.JException:
            return False
        return True

    theirs_of_ours = [accepts(record, OBJECTS[3]) for record in ours(tsa, times)]
    refused = [accepts(record, b"never inside") for record in ours(tsa, times)]

    # Theirs: made, renewed and rehashed by their code, time-stamped by the suite's authority.
    def response(request: Any, at: dt.datetime) -> Any:
        tsa.at = at
        return tsp.TimeStampResponse(tsa.answer(bytes(request.getEncoded())))

    def requests() -> Any:
        generator = tsp.TimeStampRequestGenerator()
        generator.setCertReq(True)
        return generator

    generator = ers.ERSArchiveTimeStampGenerator(digests.get(algorithm(oids.id_sha256)))
    for content in OBJECTS:
        generator.addData(ers.ERSByteData(content))
    stamps = generator.generateArchiveTimeStamps(
        response(generator.generateTimeStampRequest(requests()), times[0])
    )
    wrap = ers.ERSEvidenceRecordGenerator(digests)
    made = [wrap.generate(stamp) for stamp in stamps]
    (record,) = [r for r in made if accepts(bytes(r.getEncoded()), OBJECTS[3])]
    renewed = record.renewTimeStamp(
        response(record.generateTimeStampRenewalRequest(requests()), times[1])
    )

    sha512, data = digests.get(algorithm(oids.id_sha512)), ers.ERSByteData(OBJECTS[3])
    request = renewed.generateHashRenewalRequest(sha512, data, requests())
    rehashed = renewed.renewHash(sha512, data, response(request, times[2]))
    roots = [tsa.root(folder)]
    verdicts = []
    for theirs in (record, renewed, rehashed):
        encoded = bytes(theirs.getEncoded())
        for content in (OBJECTS[3], b"never inside"):
            report = verify_record(
                encoded, lambda name, c=content: hashlib.new(name, c).digest(), roots, times[3]
            )
            verdicts.append(f"{report.outcome}: {len(report.stamps)}")
    return {"accepts_ours": theirs_of_ours, "accepts_others": refused, "theirs": verdicts}


if __name__ == "__main__":
    missing = [str(jar) for jar in JARS if not jar.exists()]
    if missing:
        raise SystemExit(f"apt-get install libbcpkix-java: {', '.join(missing)} missing")
    jpype.startJVM(classpath=[str(jar) for jar in JARS])
    print(json.dumps(main(Path(sys.argv[1]))))  # noqa: T201 - its whole answer
