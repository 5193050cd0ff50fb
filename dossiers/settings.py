"""All settings: ``sohoa.toml``, each key overridable by ``SOHOA_SECTION__KEY``.

Order of precedence: arguments, environment, file, defaults. Unknown keys are refused with their
path. Secrets are given by the environment or as ``…_file`` references, never in the file itself.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dossiers.dossier import SigningRole
from dossiers.errors import InvalidSettings, Language


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgencySettings(_Section):
    """The agency that digitises, as it appears on stamps and in metadata."""

    code: str = "H31"
    name: str = "UBND tỉnh Hưng Yên"


class IntakeSettings(_Section):
    """Limits and patience at the intake folder."""

    folder: Path | None = None
    quiet_seconds: Annotated[float, Field(ge=0)] = 5.0
    poll_seconds: Annotated[float, Field(gt=0)] = 2.0
    max_bytes: Annotated[int, Field(gt=0)] = 512 * 1024 * 1024
    # A2 at 600 dpi is 139 million pixels; nothing a desk scanner makes is larger.
    max_pixels: Annotated[int, Field(gt=0)] = 150_000_000
    max_pages: Annotated[int, Field(gt=0)] = 2_000


class ReadingSettings(_Section):
    """The recogniser. ``workers = 0`` takes every core this process is granted."""

    engine: Literal["fast", "tesserocr", "pytesseract"] = "fast"
    workers: Annotated[int, Field(ge=0)] = 0
    page_timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    tessdata: Path | None = None
    # Document types of the administrator's own, beside the built-in ones.
    types_folder: Path | None = None
    # Below this, a field is for a person; without it, below what was fitted for its type.
    accept_confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class Pkcs12KeySettings(_Section):
    """A key in a PKCS#12 file; ``chain_file`` (PEM) holds issuers that the file lacks."""

    kind: Literal["pkcs12"] = "pkcs12"
    file: Path
    password: SecretStr | None = None
    password_file: Path | None = None
    chain_file: Path | None = None


class Pkcs11KeySettings(_Section):
    """A key on a token or in an HSM; what is left open must be the only one of its kind.

    ``id`` is CKA_ID in hexadecimal. ``wait_seconds`` is how long another owner of the token is waited
    for, ``patience_seconds`` how long a token that went away may stay away.
    """

    kind: Literal["pkcs11"]
    module: Path
    token_label: str | None = None
    token_serial: str | None = None
    label: str | None = None
    id: str | None = None
    pin: SecretStr | None = None
    pin_file: Path | None = None
    chain_file: Path | None = None
    wait_seconds: Annotated[float, Field(ge=0)] = 30.0
    patience_seconds: Annotated[float, Field(ge=0)] = 30.0


class CscKeySettings(_Section):
    """A key at a remote signing service that speaks the CSC API, approved on a phone as a rule.

    ``url`` is the base URI with the version at its end (``https://…/csc/v1``). With
    ``refresh_token_file`` the token of an earlier authorisation code is used, and replaced in the file
    when the service gives a new one; without it, client credentials.
    """

    kind: Literal["csc"]
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+/v[12]/?$")]
    credential: str | None = None
    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    refresh_token_file: Path | None = None
    token_url: str | None = None
    pin: SecretStr | None = None
    pin_file: Path | None = None
    chain_file: Path | None = None
    ca_file: Path | None = None
    approval_seconds: Annotated[float, Field(gt=0)] = 180.0
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    most_at_once: Annotated[int, Field(gt=0, le=1000)] = 50

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        # TT 15/2025/TT-BKHCN: TLS 1.2 or newer; without it only to a gateway on this machine.
        for url in filter(None, (self.url, self.token_url)):
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
                raise ValueError(f"{url} is not https")
        return self


def _kind_of(value: object) -> str:
    """The kind of a key; a PKCS#12 file where none is named."""
    return str(value.get("kind", "pkcs12") if isinstance(value, dict) else vars(value)["kind"])


KeySettings = Annotated[
    Annotated[Pkcs12KeySettings, Tag("pkcs12")]
    | Annotated[Pkcs11KeySettings, Tag("pkcs11")]
    | Annotated[CscKeySettings, Tag("csc")],
    Discriminator(_kind_of),
]


class SigningSettings(_Section):
    """Who signs. Without any key a test PKI without legal value is made under ``pki/``.

    ``chain`` is the order in which a document is signed, ``chains`` the order for document types (by
    code) that have their own.
    """

    officer: KeySettings | None = None
    authority: KeySettings | None = None
    agency: KeySettings | None = None
    chain: tuple[SigningRole, ...] = (SigningRole.OFFICER, SigningRole.AGENCY)
    chains: dict[str, tuple[SigningRole, ...]] = {}
    trust_roots: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        for chain in (self.chain, *self.chains.values()):
            if not chain or len(set(chain)) < len(chain):
                raise ValueError("a chain names at least one role, and none twice")
        return self

    @property
    def keys(self) -> dict[SigningRole, KeySettings]:
        """The keys that are set."""
        found = {role: getattr(self, role) for role in SigningRole}
        return {role: key for role, key in found.items() if key is not None}

    @property
    def roles_needed(self) -> tuple[SigningRole, ...]:
        """Every role that some chain names."""
        return tuple(dict.fromkeys(r for c in (self.chain, *self.chains.values()) for r in c))


SignatureLevel = Literal["B-B", "B-T", "B-LT", "B-LTA"]


class LevelSettings(_Section):
    """How long signatures have to stand: a level of EN 319 142-1 for each document type.

    Above B-B they need ``[timestamps]``; what cannot be reached at once is queued and caught up.
    """

    default: SignatureLevel = "B-B"
    # By the code of a document type: {GKS = "B-LTA"}.
    by_type: dict[str, SignatureLevel] = {}
    # Archive time stamps are renewed this long before the newest one's certificate expires.
    renew_before_days: Annotated[int, Field(gt=0)] = 90
    # What CRL and OCSP services are given to answer, and how long an answer is used again.
    revocation_timeout_seconds: Annotated[float, Field(gt=0)] = 20.0
    revocation_reuse_seconds: Annotated[float, Field(ge=0)] = 600.0
    max_bytes: Annotated[int, Field(gt=0)] = 256 * 1024 * 1024

    def of(self, type_code: str | None) -> SignatureLevel:
        """The level that copies of a document type should have."""
        return self.by_type.get(type_code or "", self.default)


class TimestampAuthority(_Section):
    """One time-stamp authority (RFC 3161), and what we may ask of it.

    ``policy`` is the OID that its tokens must carry; ``budget`` the tokens of a calendar period
    (0: no limit).
    """

    url: str
    policy: Annotated[str, Field(pattern=r"^[0-2](\.\d+)+$")] | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    timeout_seconds: Annotated[float, Field(gt=0)] = 180.0
    budget: Annotated[int, Field(ge=0)] = 0
    period: Literal["day", "month", "year"] = "month"


class TimestampSettings(_Section):
    """Time-stamp authorities in the order in which they are asked, and our patience with them."""

    authorities: tuple[TimestampAuthority, ...] = ()
    # Roots of the authorities' certificates, beside those of ``signing.trust_roots``.
    trust_roots: tuple[Path, ...] = ()
    # A token in each signature as it is made, the form most validators look for; else one token for
    # all signatures of a file, in a document time stamp.
    in_signatures: bool = True
    rounds: Annotated[int, Field(gt=0)] = 2
    backoff_seconds: Annotated[float, Field(ge=0)] = 2.0
    # While a dossier is digitised, this long for each token; then the upgrade is queued.
    patience_seconds: Annotated[float, Field(ge=0)] = 30.0
    # After so many failures in a row an authority is left alone, each time for twice as long.
    breaker_failures: Annotated[int, Field(gt=0)] = 3
    breaker_seconds: Annotated[float, Field(gt=0)] = 60.0
    clock_tolerance_seconds: Annotated[float, Field(gt=0)] = 300.0


class ValidationSettings(_Section):
    """How signatures are judged. Imported certificates lie in ``trust_folder`` (``home/trust``).

    ``revocation = "required"``: a certificate that says where its revocation is published must have
    been checked, or the outcome is ``INDETERMINATE``. The limits hold for files from outside.
    """

    trust_folder: Path | None = None
    revocation: Literal["required", "when_present"] = "required"
    max_bytes: Annotated[int, Field(gt=0)] = 512 * 1024 * 1024
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    memory_megabytes: Annotated[int, Field(ge=512)] = 4096


class StoreSettings(_Section):
    """The object store: a local folder, or any S3 server."""

    kind: Literal["local", "s3"] = "local"
    folder: Path | None = None
    endpoint: str | None = None
    bucket: str = "sohoa"
    region: str = "us-east-1"
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    secure: bool = True
    retention_days: Annotated[int, Field(ge=0)] = 0


class LedgerSettings(_Section):
    """The ledger's database; empty means SQLite in the home folder."""

    url: SecretStr | None = None


class EvidenceSettings(_Section):
    """Archive evidence (RFC 4998), stamped by the authorities of ``[timestamps]``.

    Where none is set there, a test authority stamps (no legal value).
    """

    digest: Literal["sha256", "sha384", "sha512"] = "sha256"
    # Before the first certificate of a time stamp's path runs out.
    renew_before_days: Annotated[int, Field(ge=0)] = 180


class PortalSettings(_Section):
    """The HTTP face."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8031


class PrefectSettings(_Section):
    """Scheduling. Without ``api_url`` the served flows start a Prefect server of their own."""

    api_url: str | None = None
    watch_cron: str = "*/5 * * * *"
    nightly_cron: str = "30 1 * * *"


class PicturesSettings(_Section):
    """The agency's profile for born-electronic results: pictures of signature and seal (PNG)."""

    signature: Path | None = None
    seal: Path | None = None
    # TT 07/2010/TT-BCA gives most seals of state agencies 36 mm.
    seal_diameter_mm: Annotated[float, Field(ge=15, le=60)] = 36.0


class CertificationSettings(_Section):
    """Certified copies. ``position`` stands over the certifier's name, a line each."""

    position: tuple[str, ...] = ("NGƯỜI THỰC HIỆN CHỨNG THỰC",)
    # The name printed; the one on the certificate where it is empty.
    certifier: str = ""
    # Numbers in a volume (quyển); 0 for one volume a year.
    volume_size: Annotated[int, Field(ge=0)] = 0
    # Public holidays with the days off given for them, and the weekend days worked instead.
    holidays: tuple[dt.date, ...] = ()
    working_weekends: tuple[dt.date, ...] = ()
    # Symbols of extracts by type of paper, beside those of birth, marriage and death.
    extract_symbols: dict[str, str] = {}


class ReviewSettings(_Section):
    """Doubtful values before people.

    ``four_eyes``: key fields need two people, of all types or of those named. ``collect`` keeps what
    people settled as labelled material for ``sohoa types evaluate``.
    """

    four_eyes: bool | tuple[str, ...] = False
    collect: bool = False
    # So long an item that somebody looks at is offered to nobody else.
    claim_minutes: Annotated[float, Field(gt=0)] = 15.0

    def two_people(self, type_code: str | None) -> bool:
        """Whether key fields of a type need a second pair of eyes."""
        if isinstance(self.four_eyes, bool):
            return self.four_eyes
        return type_code in self.four_eyes


class ReuseSettings(_Section):
    """Forms of the administrator's own, beside the built-in ones."""

    forms_folder: Path | None = None


class Settings(BaseSettings):
    """Everything an administrator can set."""

    model_config = SettingsConfigDict(
        env_prefix="SOHOA_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Path("var")
    language: Language = Language.VIETNAMESE
    agency: AgencySettings = AgencySettings()
    # Names of the agencies whose folders lie beside our own: {"H31.12" = "UBND xã …"}.
    agencies: dict[str, str] = {}
    intake: IntakeSettings = IntakeSettings()
    reading: ReadingSettings = ReadingSettings()
    signing: SigningSettings = SigningSettings()
    levels: LevelSettings = LevelSettings()
    timestamps: TimestampSettings = TimestampSettings()
    validation: ValidationSettings = ValidationSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings = LedgerSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    portal: PortalSettings = PortalSettings()
    prefect: PrefectSettings = PrefectSettings()
    pictures: PicturesSettings = PicturesSettings()
    certification: CertificationSettings = CertificationSettings()
    review: ReviewSettings = ReviewSettings()
    reuse: ReuseSettings = ReuseSettings()

    @property
    def intake_folder(self) -> Path:
        """Where operators drop dossiers."""
        return self.intake.folder or self.home / "intake"

    @property
    def store_folder(self) -> Path:
        """Where the local object store lies."""
        return self.store.folder or self.home / "store"

    @property
    def pki_folder(self) -> Path:
        """Where the test PKI lies."""
        return self.home / "pki"

    @property
    def timestamp_folder(self) -> Path:
        """Where is kept how many tokens each authority gave, and whether it is left alone."""
        return self.home / "timestamps"

    @property
    def trust_folder(self) -> Path:
        """Where the certificates lie that an administrator has come to trust."""
        return self.validation.trust_folder or self.home / "trust"

    @property
    def work_folder(self) -> Path:
        """Scratch space; nothing in it is needed after a step has ended."""
        return self.home / "work"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger."""
        if self.ledger.url is not None:
            return self.ledger.url.get_secret_value()
        return f"sqlite:///{(self.home / 'ledger.sqlite').absolute()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over file."""
        file = TomlConfigSettingsSource(settings_cls, settings_file())
        return init_settings, env_settings, file


def settings_file() -> Path:
    """``$SOHOA_CONFIG``, or ``sohoa.toml`` in the working directory (it need not exist)."""
    return Path(os.environ.get("SOHOA_CONFIG", "sohoa.toml"))


def load_settings() -> Settings:
    """The effective settings.

    Raises:
        InvalidSettings: a key is unknown or a value is wrong; all faults are named at once.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InvalidSettings(detail=faults) from error
    except ValueError as error:  # not TOML at all
        raise InvalidSettings(detail=f"{settings_file()}: {error}") from error
