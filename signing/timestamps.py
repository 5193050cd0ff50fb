"""Time stamps (RFC 3161) from several authorities in order; a token is used only if all of it is right.

:class:`Authorities` is a pyHanko ``TimeStamper``. Each token must answer our nonce and imprint, carry
the policy asked for, be signed by a certificate for time stamping (RFC 3161, 2.3) under a trusted root
that is not revoked, and show a time near our own clock.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from dossiers.errors import (
    CertificateRevoked,
    ClockWrong,
    KeyUnavailable,
    SohoaError,
    TimestampUnavailable,
)
from dossiers.settings import TimestampAuthority, TimestampSettings
from signing.allowances import Allowance
from signing.revocation import StatusServices, check_may_sign

log = logging.getLogger(__name__)

# A token with a long chain has some 10 kB.
_LARGEST = 256 * 1024
_ROOM = 10_240
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Probe:
    """What an authority did when it was asked for one token.

    ``seconds`` it took; ``ahead`` is its clock against ours in seconds; ``used`` tokens of the
    period, this one included; ``fault`` is ``None`` where all is well.
    """

    url: str
    seconds: float
    ahead: float | None
    used: int
    fault: str | None


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp (RFC 3161, 2.4.2). In asn1crypto's own a refusal, without a token, is an error."""

    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class _Failure(Exception):
    """One authority failed: ``issued`` if a token may have been made, ``wrong`` if a bad one came."""

    def __init__(
        self,
        detail: str,
        *,
        issued: bool = False,
        wrong: bool = False,
        retry_after: float | None = None,
        ahead: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.issued = issued or wrong
        self.wrong = wrong
        self.retry_after = retry_after
        self.ahead = ahead


class Authorities(TimeStamper):
    """All authorities of the settings as one.

    Args:
        settings: whom to ask, and how patiently.
        folder: where budgets and breakers are kept between runs and processes.
        roots: certificates that an authority's own must lead to.
        status: tells whether an authority's certificate is revoked; one that does not answer is
            logged and stops nothing.
        patience: seconds for one token over all authorities; without limit if ``None``.
    """

    def __init__(
        self,
        settings: TimestampSettings,
        folder: Path,
        roots: Sequence[asn1_x509.Certificate],
        status: StatusServices,
        patience: float | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._settings = settings
        self._roots = list(roots)
        self._status = status
        self._patience = patience
        self._authorities = [(a, Allowance(a, settings, folder)) for a in settings.authorities]
        self._longest = 0

    @property
    def any(self) -> bool:
        """Whether there is an authority to ask at all."""
        return bool(self._authorities)

    @property
    def room(self) -> int:
        """Bytes to keep free for a token: what the longest one took and a quarter more.

        Room that stays empty is carried by the file for ever, and read by every validator.
        """
        return self._longest + self._longest // 4 + 256 if self._longest else _ROOM

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over a digest, from the first authority that gives a right one.

        Authorities are asked in order, for as many rounds as are set, with a growing pause between.

        Raises:
            ClockWrong: an authority's time is not ours, and no other one agrees with us.
            TimestampUnavailable: nobody gave a right token in time.
        """
        deadline = None if self._patience is None else time.monotonic() + self._patience
        failures: dict[str, str] = {}
        ahead: float | None = None
        for turn in range(self._settings.rounds):
            if turn and not await _pause(
                self._settings.backoff_seconds * 2 ** (turn - 1), deadline
            ):
                break
            asked = False
            for authority, allowance in self._authorities:
                left = _left(deadline)
                if left is not None and left <= 0:
                    failures.setdefault(authority.url, "no time left to ask it")
                    continue
                refusal = allowance.take()
                if refusal is not None:
                    failures.setdefault(authority.url, refusal)
                    continue
                asked = True
                try:
                    found = await self._counted(
                        authority, allowance, message_digest, md_algorithm, left
                    )
                except _Failure as failure:
                    failures[authority.url] = str(failure)
                    ahead = failure.ahead if failure.ahead is not None else ahead
                else:
                    return found
            if not asked:  # all rest or have given what they may: waiting would change nothing
                break
        detail = "; ".join(f"{url}: {why}" for url, why in failures.items())
        if ahead is not None:
            raise ClockWrong(seconds=round(-ahead), detail=detail)
        raise TimestampUnavailable(detail=detail or "timestamps.authorities is empty")

    def stamp(self, digest: bytes, md_algorithm: str = "sha256") -> cms.ContentInfo:
        """:meth:`async_timestamp` for callers outside an event loop."""
        return asyncio.run(self.async_timestamp(digest, md_algorithm))

    async def probe(self) -> list[Probe]:
        """Ask every authority for one token each, whatever its breaker says; counted as any other."""
        return [await self._probe(a, allowance) for a, allowance in self._authorities]

    async def _probe(self, authority: TimestampAuthority, allowance: Allowance) -> Probe:
        refusal = allowance.take()
        if refusal is not None:
            return Probe(authority.url, 0.0, None, allowance.used(), refusal)
        start = time.monotonic()
        fault, ahead = None, None
        try:
            token = await self._counted(authority, allowance, bytes(32), "sha256", self._patience)
            ahead = (_time_of(token) - dt.datetime.now(dt.UTC)).total_seconds()
        except _Failure as failure:
            fault, ahead = str(failure), failure.ahead
        return Probe(authority.url, time.monotonic() - start, ahead, allowance.used(), fault)

    async def _counted(
        self,
        authority: TimestampAuthority,
        allowance: Allowance,
        digest: bytes,
        algorithm: str,
        left: float | None,
    ) -> cms.ContentInfo:
        try:
            token = await self._ask(authority, digest, algorithm, left)
        except _Failure as failure:
            level = logging.ERROR if failure.wrong else logging.WARNING
            log.log(level, "time-stamp authority %s: %s", authority.url, failure)
            allowance.failed(
                issued=failure.issued, at_once=failure.wrong, retry_after=failure.retry_after
            )
            raise
        except BaseException:
            allowance.failed(issued=True)
            raise
        allowance.succeeded()
        self._longest = max(self._longest, len(token.dump()))
        return token

    async def _ask(
        self, authority: TimestampAuthority, digest: bytes, algorithm: str, left: float | None
    ) -> cms.ContentInfo:
        """One request to one authority, its answer checked."""
        nonce, request = self.request_cms(digest, algorithm)  # type: ignore[no-untyped-call]
        if authority.policy is not None:
            request["req_policy"] = authority.policy
        timeout = (
            authority.timeout_seconds if left is None else min(authority.timeout_seconds, left)
        )
        body = await _post(authority, request.dump(), timeout)
        try:
            response = _Response.load(body, strict=True)
            status = response["status"]["status"].native
            if status not in ("granted", "granted_with_mods"):
                why = response["status"]["fail_info"].native or status
                raise _Failure(f"refused: {why}")
            token = response["time_stamp_token"]
            signed = token["content"]
            info = signed["encap_content_info"]["content"].parsed
            if info["nonce"].native != nonce:
                raise _Failure("answers another nonce", wrong=True)
            imprint = info["message_imprint"]
            kind = imprint["hash_algorithm"]["algorithm"].native
            if (kind, imprint["hashed_message"].native) != (algorithm, digest):
                raise _Failure("stamps another imprint", wrong=True)
            policy = info["policy"].native
            if authority.policy is not None and policy != authority.policy:
                raise _Failure(f"policy {policy} instead of {authority.policy}", wrong=True)
            await self._check_signature(signed, digest)
            ahead = (info["gen_time"].native - dt.datetime.now(dt.UTC)).total_seconds()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _Failure(
                f"no time-stamp response ({type(error).__name__})", wrong=True
            ) from error
        # The token may be as old as the request took.
        if not -self._tolerance - timeout <= ahead <= self._tolerance:
            detail = f"its clock is {ahead:+.0f} s from ours"
            raise _Failure(detail, issued=True, ahead=ahead)
        return token

    @property
    def _tolerance(self) -> float:
        return self._settings.clock_tolerance_seconds

    async def _check_signature(self, signed: cms.SignedData, digest: bytes) -> None:
        context = ValidationContext(trust_roots=self._roots, revocation_mode="soft-fail")
        try:
            facts = await validate_tst_signed_data(signed, context, lambda _: digest)
        except SignatureValidationError as error:
            raise _Failure(
                f"token does not validate ({error.failure_message})", wrong=True
            ) from error
        status = TimestampSignatureStatus(**facts)
        if not (status.intact and status.valid):
            raise _Failure("token's signature does not match", wrong=True)
        if not status.trusted:
            raise _Failure("certificate of the authority is not trusted", wrong=True)
        await self._check_status(signed)

    async def _check_status(self, signed: cms.SignedData) -> None:
        """Whether the authority's certificate is revoked; a copy with such a stamp would be refused."""
        known = extract_certs_for_validation(signed)
        try:
            await check_may_sign(known.signer_cert, known.other_certs, self._roots, self._status)
        except CertificateRevoked as error:
            detail = f"certificate of the authority is revoked ({error.context['detail']})"
            raise _Failure(detail, wrong=True) from error
        except SohoaError as error:  # answers that prove nothing, as none would
            log.warning("time stamp taken without knowing its revocation status: %s", error)


class Fitting(TimeStamper):
    """Tokens for a place that was kept free before they were known.

    Raises:
        TimestampUnavailable: the token is longer than that; next time there is room for it.
    """

    def __init__(self, authorities: Authorities) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._authorities = authorities
        self.room = authorities.room

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token that fits."""
        token = await self._authorities.async_timestamp(message_digest, md_algorithm)
        length = len(token.dump())
        if length > self.room:
            raise TimestampUnavailable(detail=f"token of {length} bytes, room for {self.room}")
        return token


class IfReachable(Fitting):
    """A token if there is one to be had, and no signature lost if not: what is missing comes later.

    ``failure`` is the last failure, if there was one.
    """

    failure: TimestampUnavailable | None = None

    async def async_timestamp(
        self, message_digest: bytes, md_algorithm: str
    ) -> cms.ContentInfo | None:
        """A token, or ``None``, for which pyHanko leaves the attribute out.

        Raises:
            ClockWrong: which no later time stamp would mend.
        """
        try:
            return await super().async_timestamp(message_digest, md_algorithm)
        except TimestampUnavailable as error:
            self.failure = error
            return None


async def _post(authority: TimestampAuthority, body: bytes, timeout: float) -> bytes:
    headers = {
        "Content-Type": "application/timestamp-query",
        "Accept": "application/timestamp-reply",
    }
    auth = None
    if authority.username is not None:
        auth = aiohttp.BasicAuth(authority.username, _password(authority))
    limit = aiohttp.ClientTimeout(total=timeout)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, trust_env=True, auth=auth) as session,
            session.post(
                authority.url, data=body, headers=headers, allow_redirects=False
            ) as response,
        ):
            if response.status != 200:
                wait = _retry_after(response.headers.get("Retry-After"))
                wait = wait if response.status in _BUSY else None
                raise _Failure(f"HTTP {response.status}", retry_after=wait)
            found = bytearray()
            async for chunk in response.content.iter_chunked(16_384):
                found += chunk
                if len(found) > _LARGEST:
                    raise _Failure(f"answers with more than {_LARGEST} bytes", wrong=True)
            return bytes(found)
    except TimeoutError as error:
        raise _Failure(f"no answer in {timeout:.0f} s", issued=True) from error
    except aiohttp.ClientConnectorError as error:
        raise _Failure(f"cannot be reached ({error.os_error.strerror})") from error
    except (aiohttp.ClientError, OSError) as error:
        raise _Failure(f"connection broke ({type(error).__name__})", issued=True) from error


def _password(authority: TimestampAuthority) -> str:
    if authority.password is not None:
        return authority.password.get_secret_value()
    if authority.password_file is None:
        raise KeyUnavailable(key=authority.url, detail="chưa có mật khẩu / no password is set")
    try:
        return authority.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise KeyUnavailable(
            key=str(authority.password_file), detail=str(error.strerror)
        ) from error


def _retry_after(value: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header, a number or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


def _time_of(token: cms.ContentInfo) -> dt.datetime:
    moment: dt.datetime = (
        token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    )
    return moment


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()


async def _pause(seconds: float, deadline: float | None) -> bool:
    """Wait before the next round; ``False``, without waiting, if that would use up the patience."""
    left = _left(deadline)
    if left is not None and seconds >= left:
        return False
    await asyncio.sleep(seconds)
    return True
