"""The list of services: reading it is reading the architecture.

A service opens when what it `needs` is open, higher priority first; it closes before them. What it `wants`
is waited for, not required. `app/core/registry` is how that is done.
"""

from app.core.cache import check_cache, open_cache
from app.core.limits.settings import RateSettings
from app.core.outbound import OutboundSettings
from app.core.registry import ServiceDefinition
from app.core.settings import Slice
from app.db.check import check_embedded, checker
from app.db.service import EMBEDDED, embedded_off, mirrors_off, open_embedded, open_mirrors, opener
from app.db.settings import DatabaseName, DatabaseSettings
from app.middleware.settings import WallSettings
from app.services.answers.service import open_answers
from app.services.answers.settings import AnswerSettings
from app.services.comfy.service import check_comfy, open_comfy
from app.services.comfy.settings import ComfySettings
from app.services.ecs.service import open_ecs
from app.services.ecs.settings import EcsSettings, world_off
from app.services.email.credentials import check_email
from app.services.email.service import open_email
from app.services.email.settings import EmailSettings
from app.services.gatekeeper.secret_key import check_secret_key
from app.services.gatekeeper.service import open_gatekeeper
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.images.service import open_images
from app.services.images.settings import ImagesSettings
from app.services.ollama.service import check_ollama, open_ollama
from app.services.ollama.settings import OllamaSettings
from app.services.rag.documents.service import open_documents
from app.services.rag.indexing.service import check_indexing, open_indexing
from app.services.rag.legs.settings import EmbeddingSettings, HuggingFaceSettings, OpenAISettings
from app.services.rag.service import open_rag
from app.services.rag.settings import RagSettings, indexing_off, rag_off
from app.services.search.service import open_search
from app.services.search.settings import SearchSettings
from app.services.tts.service import check_speech, open_speech
from app.services.tts.settings import SpeechSettings

SETTINGS: tuple[type[Slice], ...] = (
    WallSettings,
    RateSettings,
    OutboundSettings,
    DatabaseSettings,
    GatekeeperSettings,
    RagSettings,
    EmbeddingSettings,
    OpenAISettings,
    HuggingFaceSettings,
    SearchSettings,
    AnswerSettings,
    OllamaSettings,
    ComfySettings,
    EcsSettings,
    SpeechSettings,
    EmailSettings,
    ImagesSettings,
)

MAIN, AUTH, ECS = (opener(role) for role in (DatabaseName.main, DatabaseName.auth, DatabaseName.ecs))

SERVICES = (
    ServiceDefinition(
        EMBEDDED, open_embedded, priority=100, disabled=embedded_off, check=check_embedded, start_timeout=90
    ),
    ServiceDefinition(
        "main_database", MAIN, priority=95, wants=(EMBEDDED,), required=True, check=checker(DatabaseName.main)
    ),
    ServiceDefinition(
        "auth_database", AUTH, priority=95, wants=(EMBEDDED,), required=True, check=checker(DatabaseName.auth)
    ),
    ServiceDefinition("cache", open_cache, priority=90, wants=(EMBEDDED,), check=check_cache),
    ServiceDefinition("ecs_database", ECS, priority=85, wants=(EMBEDDED,), check=checker(DatabaseName.ecs)),
    ServiceDefinition(
        "gatekeeper",
        open_gatekeeper,
        priority=80,
        needs=("auth_database",),
        wants=("cache",),
        required=True,
        check=check_secret_key,
    ),
    ServiceDefinition("rag", open_rag, priority=75, needs=("main_database",), required=True, disabled=rag_off),
    ServiceDefinition("search", open_search, priority=70, needs=("rag",), wants=("cache",), required=True),
    ServiceDefinition(
        "indexing", open_indexing, priority=60, needs=("rag",), disabled=indexing_off, check=check_indexing
    ),
    ServiceDefinition("documents", open_documents, priority=45, needs=("rag", "gatekeeper"), wants=("ollama",)),
    ServiceDefinition("ollama", open_ollama, priority=50, check=check_ollama),
    ServiceDefinition("ecs", open_ecs, priority=45, needs=("ecs_database",), wants=("ollama",), disabled=world_off),
    ServiceDefinition("answers", open_answers, priority=45, needs=("search",), wants=("ollama",)),
    ServiceDefinition("comfy", open_comfy, priority=50, wants=("main_database",), check=check_comfy),
    ServiceDefinition("tts", open_speech, priority=40, check=check_speech),
    ServiceDefinition("email", open_email, priority=40, needs=("main_database",), check=check_email),
    ServiceDefinition("images", open_images, priority=40, needs=("main_database",)),
    ServiceDefinition("mirror_databases", open_mirrors, priority=10, wants=(EMBEDDED,), disabled=mirrors_off),
)
