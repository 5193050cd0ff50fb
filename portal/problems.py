"""Errors as problem details (RFC 9457), in Vietnamese unless English is asked for."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dossiers.errors import Category, Language, SohoaError

_STATUS = {
    Category.INPUT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Category.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Category.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Category.CAPACITY: HTTPStatus.SERVICE_UNAVAILABLE,
    Category.TIMEOUT: HTTPStatus.SERVICE_UNAVAILABLE,
}


class AccessDenied(SohoaError):
    """No key, or one that is unknown, expired or revoked."""

    code = "access_denied"
    category = Category.POLICY
    vi = "Cần khóa API hợp lệ: Authorization: Bearer sohoa_…"
    en = "A valid API key is needed: Authorization: Bearer sohoa_…"


class ScopeMissing(SohoaError):
    """The key does not open this."""

    code = "scope_missing"
    category = Category.POLICY
    vi = "Khóa API không có quyền {scope}."
    en = "The API key lacks the scope {scope}."


def language_of(request: Request) -> Language:
    """The language asked for by ``Accept-Language``."""
    wanted = request.headers.get("accept-language", "").lower()
    return Language.ENGLISH if wanted.startswith("en") else Language.VIETNAMESE


def problem(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document."""
    return JSONResponse(
        {
            "type": f"urn:sohoa:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": detail,
        },
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Make all errors of the application problem documents."""

    @app.exception_handler(SohoaError)
    async def _(request: Request, error: SohoaError) -> JSONResponse:
        headers = None
        status = _STATUS.get(error.category, HTTPStatus.INTERNAL_SERVER_ERROR)
        if isinstance(error, AccessDenied):
            status, headers = HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"}
        elif isinstance(error, ScopeMissing):
            status = HTTPStatus.FORBIDDEN
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers = {"Retry-After": "30"}
        return problem(status, error.code, error.message(language_of(request)), headers)

    @app.exception_handler(HTTPException)
    async def _(_request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).name.lower()
        return problem(error.status_code, code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(f"{f['loc'][-1]}: {f['msg']}" for f in error.errors())
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", faults)
