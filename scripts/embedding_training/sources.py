"""What the embedding is trained on, under which licence, and what it must never see."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

REPOSITORIES: Final = {
    "apache+kafka": "Apache-2.0",
    "apple+swift-nio": "Apache-2.0",
    "dotnet+machinelearning": "MIT",
    "elixir-lang+elixir": "Apache-2.0",
    "facebook+folly": "Apache-2.0",
    "gohugoio+hugo": "Apache-2.0",
    "haskell+cabal": "BSD-3-Clause",
    "JetBrains+kotlin-native": "Apache-2.0",
    "Kong+kong": "Apache-2.0",
    "kubernetes+client-go": "Apache-2.0",
    "netty+netty": "Apache-2.0",
    "ohmyzsh+ohmyzsh": "MIT",
    "playframework+playframework": "Apache-2.0",
    "prettier+prettier": "MIT",
    "protocolbuffers+protobuf": "BSD-3-Clause",
    "puppetlabs+puppet": "Apache-2.0",
    "rust-lang+cargo": "MIT OR Apache-2.0",
    "spring-projects+spring-framework": "Apache-2.0",
    "symfony+symfony": "MIT",
    "typeorm+typeorm": "MIT",
}
"""GitHub repositories (owner+name) checked out side by side in one folder."""

PACKAGES: Final = {
    "asyncio": "PSF-2.0 (with the whole standard library)",
    "joblib": "BSD-3-Clause",
    "networkx": "BSD-3-Clause",
    "numpy": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "sentence_transformers": "Apache-2.0",
    "sklearn": "BSD-3-Clause",
    "sympy": "BSD-3-Clause",
    "torch": "BSD-3-Clause",
    "transformers": "Apache-2.0",
}
"""Python packages read where they are installed; `asyncio` stands for the standard library around it."""

HELD_OUT: Final = {
    "App-vNext+Polly": "BSD-3-Clause",
    "BurntSushi+ripgrep": "MIT OR Unlicense",
    "etcd-io+etcd": "Apache-2.0",
    "jekyll+jekyll": "MIT",
    "nodejs+undici": "MIT",
    "scrapy+scrapy": "BSD-3-Clause",
    "square+okhttp": "Apache-2.0",
}
"""Repositories that only `evaluate` reads."""

_BENCHMARK = """
abseil absl aeson aiohttp alamofire axios axum bats cats chi circe click cobra commons-lang commons-lang3 curl dapper
ecto exposed express fastapi flask fmt gin gson guzzle guzzlehttp http4s httpx httpx2 jackson ktor laravel libcurl
libuv model2vec monolog newtonsoft nlohmann nvm pandoc phoenix plug pydantic pydantic_core rack rails redis redux
requests serde serde_json sinatra starlette tokio trpc vapor vitest xmonad zls zod
"""
FORBIDDEN: Final = frozenset(_BENCHMARK.split())
"""Repositories of the retrieval benchmark: any path with such a part (or file of that name) is left out."""

VENDORED: Final = frozenset({"node_modules", "site-packages", "third_party", "vendor", "_vendor"})
"""Folders whose files have other authors and licences than the source that holds them."""

_LANGUAGES = "c cc cpp cs ex exs go h hpp hs java js jsx kt lua md php py rb rs scala sh swift ts tsx zig zsh"
SUFFIXES: Final = frozenset(f".{suffix}" for suffix in _LANGUAGES.split())

_NEWS = re.compile(r"changelog|changes|history|news|release", re.IGNORECASE)

MAX_BYTES = 400_000
"""Larger files are data or generated."""


def is_forbidden(path: Path) -> bool:
    """Tell whether a path, relative to its source, is vendored or belongs to a benchmark repository."""
    return any(part.lower() in FORBIDDEN | VENDORED for part in (*path.parts, path.stem))


def files_of(root: Path) -> Iterator[Path]:
    """Yield the source files under a root that may be read, in a stable order."""
    for path in sorted(root.rglob("*")):
        if path.suffix not in SUFFIXES or is_forbidden(path.relative_to(root)) or _NEWS.search(path.name):
            continue
        if path.is_file() and not path.is_symlink() and path.stat().st_size < MAX_BYTES:
            yield path
