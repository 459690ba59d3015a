"""What ann keeps to herself, and every question that could bring it to light."""

from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from tests.conftest import House
from tests.services.rag.documents.conftest import Post, posted

SECRET = "zyxomorphic"
"""In the text, the title, the metadata and a name that ann's private documents define."""

HIDDEN = (SECRET, "burrow", "private-documents")

OPEN: list[dict[str, Any]] = [
    {"source": "docs/harbour.md", "content": "# Harbour\n\nThe lighthouse is painted every spring.\n"},
    {"source": "app/tide.py", "content": "def tide_table(moon):\n    return [moon.phase, moon.height]\n"},
]
PRIVATE: list[dict[str, Any]] = [
    {
        "source": "lairs/burrow.py",
        "content": f"def {SECRET}_lighthouse(moon):\n    return tide_table(moon)  # {SECRET} lighthouse\n",
    },
    {
        "source": "lairs/burrow.md",
        "content": f"# Lighthouse\n\nThe {SECRET} lighthouse lies behind the harbour.\n",
        "title": f"The {SECRET} plan",
        "metadata": {"keeper": SECRET},
    },
]

Request = tuple[str, str, dict[str, Any]]
"""Method, address, and what goes with it."""

QUERY = {"query": "painted lighthouse behind the harbour", "limit": 50, "explain": True}
SYNTAX: tuple[dict[str, Any], ...] = (
    {"query": "lighthouse", "limit": 100},
    {"query": r"zyx\w+", "mode": "regex"},
    {"query": "zyxomorpic_lighthouse", "mode": "symbol"},
    {"query": "zyxo", "mode": "symbol"},
    {"query": "def $F($$$): $$$", "mode": "pattern", "language": "python"},
)


@dataclass
class Den:
    """The house with ann's private documents: their ids, and that of the source they are in."""

    post: Post
    documents: list[int]
    source: int

    @property
    def callers(self) -> dict[str, dict[str, str]]:
        """Everybody but ann."""
        return {"anonymous": {}, "bob": self.post.bob, "root": self.post.admin}

    def questions(self) -> dict[tuple[str, str], list[Request]]:
        """Return, for each reading route of rag, search and answers, requests that could tell a secret."""
        first = self.documents[0]
        related = [{"path": "lairs/burrow.py", "line": 1}, {"path": "app/tide.py", "line": 1, "limit": 100}]
        asked: dict[tuple[str, str], list[dict[str, Any]]] = {
            ("GET", "/api/rag/search"): [
                {"q": QUERY["query"], "top_k": 100},
                {"q": "zyxo", "source": str(self.source)},
            ],
            ("POST", "/api/rag/query"): [{"q": QUERY["query"]}, {"q": "zyxo", "source": "private-documents"}],
            ("POST", "/api/rag/answer"): [{"question": QUERY["query"], "top_k": 50, "stream": False}],
            ("GET", "/api/rag/stats"): [{}],
            ("GET", "/api/rag/indexing"): [{}],
            ("GET", "/api/rag/indexing/events"): [{}],
            ("GET", "/api/rag/indexing/failures"): [{}, {"source": str(self.source)}],
            ("GET", "/api/rag/sources"): [{}],
            ("GET", f"/api/rag/sources/{self.source}"): [{}],
            ("GET", "/api/rag/sources/private-documents"): [{}],
            ("GET", "/api/rag/documents"): [{}, {"source": "private-documents"}],
            ("GET", f"/api/rag/documents/{first}"): [{}],
            ("GET", "/api/search/related"): related,
            ("GET", "/api/search/suggestions"): [{"query": "zyxo"}, {"query": "lair"}, {"query": "lighthouse"}],
            ("POST", "/api/search/analyze"): [{"query": "zyxo lighthouse"}],
            ("GET", "/api/search/health"): [{}],
            ("GET", "/api/search/performance"): [{}],
        }
        for method in ("GET", "POST"):
            for kind in ("semantic", "hybrid"):
                asked[method, f"/api/search/{kind}"] = [QUERY, QUERY | {"source": str(self.source)}]
            asked[method, "/api/search/syntax"] = list(SYNTAX)
        return {
            route: [(*route, {"params" if route[0] == "GET" else "json": fields}) for fields in requests]
            for route, requests in asked.items()
        }

    async def answers(self, who: dict[str, str]) -> list[tuple[Request, httpx.Response]]:
        """Ask everything."""
        return [
            (request, await ask(self.post.house, request, who))
            for requests in self.questions().values()
            for request in requests
        ]


async def ask(house: House, request: Request, who: dict[str, str]) -> httpx.Response:
    """Return the answer; of a stream its first event."""
    method, url, fields = request
    if not url.endswith("/events"):
        return await house.client.request(method, url, headers=who, **fields)
    async with house.client.stream(method, url, headers=who | {"Accept": "application/x-ndjson"}) as answer:
        line = await anext(answer.aiter_lines())
    return httpx.Response(answer.status_code, headers=answer.headers, content=line.encode())


def told(request: Request, answer: httpx.Response) -> list[str]:
    """Return which hidden words an answer tells that its question did not hold."""
    asked = orjson.dumps([request[1], request[2]]).decode()
    body = answer.text + " ".join(answer.headers.values())
    return [word for word in HIDDEN if word in body and word not in asked]


@pytest.fixture(autouse=True)
def many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test registers three accounts, all from one address."""
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")


@pytest.fixture
async def den(house: House, many_accounts: None) -> Den:
    """A house with accounts, and with nothing in it yet."""
    return Den(await posted(house), [], 0)
