"""All settings: ``sohoa.toml``, each key overridable by ``SOHOA_SECTION__KEY``.

Order of precedence: arguments, environment, file, defaults. Unknown keys are refused with their
path. Secrets are given by the environment or as ``…_file`` references, never in the file itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

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
    # Below this, a field is for a person.
    accept_confidence: Annotated[float, Field(ge=0, le=1)] = 0.85


class SigningSettings(_Section):
    """Who signs. Without key files a test PKI without legal value is made under ``pki/``."""

    officer_key: Path | None = None
    officer_password: SecretStr | None = None
    officer_password_file: Path | None = None
    agency_key: Path | None = None
    agency_password: SecretStr | None = None
    agency_password_file: Path | None = None
    trust_roots: tuple[Path, ...] = ()


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


class PortalSettings(_Section):
    """The HTTP face."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8031


class PrefectSettings(_Section):
    """Scheduling. Without ``api_url`` the served flows start a Prefect server of their own."""

    api_url: str | None = None
    watch_cron: str = "*/5 * * * *"
    nightly_cron: str = "30 1 * * *"


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
    validation: ValidationSettings = ValidationSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings = LedgerSettings()
    portal: PortalSettings = PortalSettings()
    prefect: PrefectSettings = PrefectSettings()

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
