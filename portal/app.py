"""The application: opens the rooms, mounts the routes, answers health checks, shows its own manual."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from dossiers.settings import Settings, load_settings
from extractors.reuse.forms import load_forms
from extractors.types import load_types
from portal import reuse
from portal.access import Rooms
from portal.problems import install
from portal.routes import router
from storage.ledger import open_ledger
from storage.objects import open_store

_DESCRIPTION = """Fetch signed electronic copies and reuse the data read from them.

Every request needs `Authorization: Bearer sohoa_…` (made by `sohoa keys create`) with the right scope,
and is written into the audit trail. Errors are problem details (RFC 9457) in Vietnamese, or in English
with `Accept-Language: en`."""


def from_settings() -> FastAPI:
    """The application on the effective settings; what servers are told to run."""
    return create_app(load_settings())


def create_app(settings: Settings) -> FastAPI:
    """The application on the ledger and store that the settings name."""

    @asynccontextmanager
    async def rooms(app: FastAPI) -> AsyncIterator[None]:
        with open_ledger(settings.ledger_url) as ledger:
            types = load_types(settings.reading.types_folder)
            forms = load_forms(settings.reuse.forms_folder)
            app.state.rooms = Rooms(ledger, open_store(settings), types, forms)
            yield

    app = FastAPI(
        title="Sohoa",
        version=version("sohoa"),
        description=_DESCRIPTION,
        lifespan=rooms,
        docs_url=None,
        redoc_url=None,
    )
    # The manual's viewer (Swagger UI 4) does not know OpenAPI 3.1.
    app.openapi_version = "3.0.3"
    install(app)
    app.include_router(router)
    app.include_router(reuse.router)
    # The manual's scripts come from this server, not from somewhere on the internet.
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_path), name="assets")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Sohoa API",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )

    @app.get("/healthz", summary="Whether the ledger answers", tags=["health"])
    def health(request: Request) -> dict[str, str]:
        """Needs no key and tells nothing else."""
        request.app.state.rooms.ledger.database.describe()
        return {"status": "ok"}

    @app.middleware("http")
    async def guard(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app
