"""Who signs: a chain per document type, each an incremental update that the first one allows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pikepdf
import pytest

from copies.conformance import Validator
from dossiers.dossier import SigningRole
from dossiers.errors import InvalidSettings, KeyUnavailable
from dossiers.settings import load_settings
from signing.appearance import Appearance
from signing.keys import Signatories
from signing.pades import FIELDS, sign_copy
from signing.validation import Outcome, verify
from tests.signing.conftest import blank_pdfa

OFFICER, AUTHORITY, AGENCY_SEAL = SigningRole.OFFICER, SigningRole.AUTHORITY, SigningRole.AGENCY


@pytest.mark.parametrize(
    "chain",
    [
        (OFFICER,),
        (AGENCY_SEAL,),
        (AUTHORITY, AGENCY_SEAL),
        (OFFICER, AUTHORITY, AGENCY_SEAL),
    ],
)
def test_each_of_a_chain_signs_in_order_and_the_first_certifies(
    tmp_path: Path,
    signatories: Signatories,
    appearance: Appearance,
    cache: Path,
    chain: tuple[SigningRole, ...],
    vera: Validator,
) -> None:
    people = dataclasses.replace(signatories, chains={"decision": chain})
    source, out = blank_pdfa(tmp_path / "p.pdf"), tmp_path / "out.pdf"
    report = sign_copy(source, out, people, appearance, cache, document_type="decision")
    assert report.signers == tuple(people.of(role).name for role in chain)
    verdict = verify(out, people.trust_roots)
    assert verdict.outcome is Outcome.VALID, verdict
    assert tuple(s.field for s in verdict.signatures) == tuple(FIELDS[role] for role in chain)
    assert out.read_bytes().startswith(source.read_bytes())  # only ever appended to
    with pikepdf.open(out) as pdf:
        certifying = pdf.Root.Perms.DocMDP
        assert int(certifying.Reference[0].TransformParams.P) == 2
        by_name = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        assert by_name[FIELDS[chain[0]]].V.objgen == certifying.objgen
        # Only the last signature is seen.
        seen = [name for name, f in by_name.items() if float(f.Rect[2]) > float(f.Rect[0])]
        assert seen == [FIELDS[chain[-1]]]
    result = vera.check(out)
    assert result.compliant, result.failures


def test_types_without_a_chain_of_their_own_take_the_common_one(signatories: Signatories) -> None:
    people = dataclasses.replace(signatories, chains={"decision": (AUTHORITY, AGENCY_SEAL)})
    assert [role for role, _ in people.signing("decision")] == [AUTHORITY, AGENCY_SEAL]
    for other in ("birth_certificate", None):
        assert [role for role, _ in people.signing(other)] == [OFFICER, AGENCY_SEAL]


def test_a_chain_with_a_role_nobody_fills_writes_nothing(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    people = dataclasses.replace(signatories, people={OFFICER: signatories.officer})
    out = tmp_path / "out.pdf"
    with pytest.raises(KeyUnavailable, match=r"signing\.agency"):
        sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, people, appearance, cache)
    assert not out.exists()


def test_a_certificate_that_ran_out_since_it_was_opened_signs_nothing(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    officer = dataclasses.replace(signatories.officer, valid_until=past)
    people = dataclasses.replace(signatories, people={**signatories.people, OFFICER: officer})
    out = tmp_path / "out.pdf"
    with pytest.raises(KeyUnavailable, match="expired"):
        sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, people, appearance, cache)
    assert not out.exists()


def test_chains_and_keys_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sohoa.toml"
    file.write_text(
        """
        [signing]
        chain = ["agency"]
        chains = { decision = ["authority", "agency"] }
        [signing.agency]
        file = "con-dau.p12"
        """,
        encoding="utf-8",
    )
    monkeypatch.setenv("SOHOA_CONFIG", str(file))
    monkeypatch.setenv("SOHOA_SIGNING__AGENCY__PASSWORD", "mật")
    signing = load_settings().signing
    assert signing.roles_needed == (AGENCY_SEAL, AUTHORITY)
    assert list(signing.keys) == [AGENCY_SEAL]
    assert signing.agency is not None
    assert "mật" not in repr(signing)
    # Of every kind, by the environment alone.
    monkeypatch.setenv("SOHOA_SIGNING__OFFICER__KIND", "pkcs11")
    monkeypatch.setenv("SOHOA_SIGNING__OFFICER__MODULE", "/usr/lib/token.so")
    monkeypatch.setenv("SOHOA_SIGNING__AUTHORITY__KIND", "csc")
    monkeypatch.setenv("SOHOA_SIGNING__AUTHORITY__URL", "https://ky-so.example.vn/csc/v2")
    monkeypatch.setenv("SOHOA_SIGNING__AUTHORITY__CLIENT_ID", "sohoa")
    assert [key.kind for key in load_settings().signing.keys.values()] == [
        "pkcs11",
        "csc",
        "pkcs12",
    ]
    monkeypatch.setenv("SOHOA_SIGNING__CHAIN", '["agency", "agency"]')
    with pytest.raises(InvalidSettings, match="twice"):
        load_settings()
    monkeypatch.setenv("SOHOA_SIGNING__CHAIN", '["mayor"]')
    with pytest.raises(InvalidSettings, match=r"signing\.chain"):
        load_settings()
