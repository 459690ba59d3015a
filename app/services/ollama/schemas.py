"""What goes over the wire when a model is asked."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.adapter import AdapterStatus

ModelName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]
Words = Annotated[str, StringConstraints(max_length=400_000)]
Picture = Annotated[str, StringConstraints(max_length=30_000_000)]
"""In base64: at most what `app.core.pictures` opens, looked at before it is passed on."""

Stop = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=200)]], Field(max_length=16)]
Format = Literal["json"] | dict[str, Any]


class Strict(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Options(Strict):
    """How words are chosen; Ollama's names. Those that say how a machine is used are its owner's to set."""

    temperature: float | None = Field(default=None, ge=0, le=10)
    top_k: int | None = Field(default=None, ge=0, le=100_000)
    top_p: float | None = Field(default=None, ge=0, le=1)
    min_p: float | None = Field(default=None, ge=0, le=1)
    typical_p: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**31), lt=2**31)
    num_predict: int | None = Field(default=None, ge=-1, le=32_768, description="Tokens of the answer at most")
    num_ctx: int | None = Field(default=None, ge=16, le=131_072, description="Tokens the model reads and writes")
    num_keep: int | None = Field(default=None, ge=0, le=131_072)
    repeat_last_n: int | None = Field(default=None, ge=-1, le=131_072)
    repeat_penalty: float | None = Field(default=None, ge=0, le=10)
    presence_penalty: float | None = Field(default=None, ge=-10, le=10)
    frequency_penalty: float | None = Field(default=None, ge=-10, le=10)
    stop: Stop | None = None


class FunctionCall(BaseModel):
    """A function that the model wants called."""

    name: str = Field(min_length=1, max_length=200, examples=["weather"])
    arguments: dict[str, Any] = Field(default={}, examples=[{"city": "Lisbon"}])


class ToolCall(BaseModel):
    """One call of a tool."""

    function: FunctionCall


class ChatMessage(Strict):
    """A turn of the conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: Words = ""
    images: Annotated[list[Picture], Field(max_length=8)] | None = Field(default=None, description="In base64")
    thinking: Words | None = None
    tool_calls: Annotated[list[ToolCall], Field(max_length=64)] | None = None
    tool_name: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Whose result this is, of the role tool"
    )


class Function(Strict):
    """A function the model may want called; `parameters` is a JSON schema."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$", examples=["weather"])
    description: str = Field(default="", max_length=10_000)
    parameters: dict[str, Any] = Field(default={"type": "object", "properties": {}})


class Tool(Strict):
    """What the model may use."""

    type: Literal["function"] = "function"
    function: Function


class Request(Strict):
    """What every question has."""

    model: ModelName | None = Field(
        default=None, description="Left out: OLLAMA_DEFAULT_MODEL, or else the one pulled last", examples=["llama3.2"]
    )
    options: Options = Options()
    format: Format | None = Field(default=None, description="`json`, or a JSON schema the answer keeps to")
    think: bool | Literal["low", "medium", "high"] | None = Field(default=None, description="For models that think")
    stream: bool | None = Field(default=None, description="Left out: a stream if Accept asks for one")


class ChatRequest(Request):
    """A conversation to go on with: `messages`, or one `message`."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=500)] | None = None
    message: Words | None = Field(default=None, examples=["Why is the sky blue?"])
    system: Words | None = Field(default=None, description="What the model is told first")
    tools: Annotated[list[Tool], Field(max_length=64)] = []

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        """Look whether there is either a conversation or a message."""
        if (self.messages is None) == (self.message is None):
            raise ValueError("send either `messages` or `message`")
        return self


class GenerateRequest(Request):
    """A prompt to complete."""

    prompt: Words = Field(min_length=1, examples=["Write a haiku about foxes."])
    system: Words | None = None
    suffix: Words | None = Field(default=None, description="What comes after what the model writes, for code")
    raw: bool = Field(default=False, description="true: the prompt goes to the model as it is")
    images: Annotated[list[Picture], Field(max_length=8)] | None = Field(default=None, description="In base64")


class EmbedRequest(Strict):
    """Texts to embed."""

    model: ModelName | None = Field(default=None, description="Left out: the one pulled last that embeds")
    input: Words | Annotated[list[Words], Field(min_length=1, max_length=128)] = Field(examples=[["one", "two"]])
    truncate: bool = Field(default=True, description="false: a text that is too long is refused")
    dimensions: int | None = Field(default=None, ge=1, le=65_536)


class Usage(BaseModel):
    """What an answer took."""

    prompt_tokens: int = Field(description="Tokens read; what was read before may not count")
    tokens: int = Field(description="Tokens written")
    load_ms: float = Field(description="Until the model was in memory")
    total_ms: float


class Reply(BaseModel):
    """What the model said."""

    role: Literal["assistant"] = "assistant"
    content: str
    thinking: str | None = None
    tool_calls: list[ToolCall] = []


class Finished(BaseModel):
    """How an answer ended; also the `done` event."""

    model: str
    done_reason: str | None = Field(description="`stop`, or `length` where it was cut", examples=["stop"])
    usage: Usage


class ChatOut(Finished):
    """An answer to a conversation."""

    message: Reply


class GenerateOut(Finished):
    """A completed prompt."""

    response: str
    thinking: str | None = None


class EmbedOut(BaseModel):
    """A vector for each text, in their order."""

    model: str
    embeddings: list[list[float]]
    prompt_tokens: int
    total_ms: float


class OllamaStatus(AdapterStatus):
    """How the language models are."""

    provider: Literal["ollama", "built-in"] | None = Field(description="Who answers; null: nobody")
