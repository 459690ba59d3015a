"""Swagger UI and ReDoc from files that are installed with us: nothing comes from a CDN."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Depends
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from app.core.access import public

ASSETS_URL = "/api/docs/assets"
OPENAPI_URL = "/openapi.json"
OAUTH2_REDIRECT_URL = "/api/docs/oauth2-redirect"

POLICY = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
    )
}
"""What the pages need: their start is an inline script, their styles are set by it; nothing may come from elsewhere."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])


def assets() -> StaticFiles:
    """Return the installed Swagger UI and ReDoc files as an application to mount at `ASSETS_URL`."""
    return StaticFiles(directory=Path(str(files("fastapi_offline") / "static")))


@router.get("/api/docs")
async def swagger() -> HTMLResponse:
    """Serve Swagger UI."""
    page = get_swagger_ui_html(
        openapi_url=OPENAPI_URL,
        title="Reynard API",
        swagger_js_url=f"{ASSETS_URL}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS_URL}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS_URL}/favicon.png",
        oauth2_redirect_url=OAUTH2_REDIRECT_URL,
        swagger_ui_parameters={"persistAuthorization": True, "displayRequestDuration": True, "filter": True},
    )
    page.headers.update(POLICY)
    return page


@router.get(OAUTH2_REDIRECT_URL)
async def swagger_redirect() -> HTMLResponse:
    """Serve the page on which Swagger UI's login window ends."""
    page = get_swagger_ui_oauth2_redirect_html()
    page.headers.update(POLICY)
    return page


@router.get("/api/redoc")
async def redoc() -> HTMLResponse:
    """Serve ReDoc."""
    page = get_redoc_html(
        openapi_url=OPENAPI_URL,
        title="Reynard API",
        redoc_js_url=f"{ASSETS_URL}/redoc.standalone.js",
        redoc_favicon_url=f"{ASSETS_URL}/favicon.png",
        with_google_fonts=False,
    )
    page.headers.update(POLICY)
    return page
