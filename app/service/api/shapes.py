"""The request and answer bodies of the API. pydantic lives here, at the trust boundary."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.limits import MAX_REQUEST

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Path = Annotated[str, StringConstraints(max_length=4000)]
RunId = Annotated[
    Annotated[str, StringConstraints(pattern=r"^run_[0-9a-z]{16}$")] | None,
    Field(description="an id of the client's own making, with which it can stop a run before it is told of it; without one the core makes it"),
]


class Strict(BaseModel):
    """A request's body: nothing unknown in it, nothing guessed. JSON has one kind of number, so 5.0 is the whole number 5."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers(cls, data: Any) -> Any:
        return {name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in data.items()} if isinstance(data, dict) else data


class ErrorDetail(BaseModel):
    code: str | None = None
    message: str
    hint: str = ""
    type: str = "invalid_request_error"
    param: str | None = None


class ErrorBody(BaseModel):
    error: ErrorDetail


class Attachment(Strict):
    path: Path


class SkillCall(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    inputs: dict[str, Any] = {}


Client = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^[^,]*$"),
    Field(description="the other program whose words these are, and that gets what comes of them; empty: a front end of the person's"),
]


class NewRun(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REQUEST, pattern=r"\S")]
    conversation_id: Annotated[str, StringConstraints(max_length=200)] = ""
    workspace: Path = Field("", description="absolute path of a folder; empty: the default workspace")
    approve: Literal["ask", "none", "safe", "all"] = "ask"
    asks: bool = Field(False, description="with approve safe: whoever starts it is asked about what that does not cover, which is refused otherwise")
    models: dict[Literal["planner", "reviewer", "executor"], Name] = {}
    local_only: bool = False
    plan_only: bool = False
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    skill: SkillCall | None = Field(None, description="a skill to be run, with its inputs; the text is what the conversation shows")
    front: Annotated[str, StringConstraints(max_length=1000)] | None = Field(None, description='the file that is open in front of the person: what "this file" means')
    parent_id: Annotated[str, StringConstraints(max_length=200)] | None = Field(None, description="message after which this one comes; editing makes a branch")
    client: Client = ""
    run_id: RunId = None


class RunStarted(BaseModel):
    run_id: str
    conversation_id: str
    status: str


class Answer(Strict):
    decision: Literal["once", "conversation", "always", "no"]
    steps: list[dict[str, Any]] | None = Field(None, max_length=200, description="a plan's steps as changed by the person, in the plan format")
    content: dict[str, Any] | None = Field(None, description="a form that an MCP server asks for, filled in")


class NewConversation(Strict):
    title: Annotated[str, StringConstraints(max_length=500)] = ""
    workspace: Path = ""


class ConversationChange(Strict):
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    show: Annotated[str, StringConstraints(max_length=200)] | None = Field(None, description="message whose branch is to be shown")
    remember: bool | None = Field(None, description="whether what is said in it is kept in memory, and memory is used in it")


class SettingChange(Strict):
    value: str | int | float | bool | list[str]


class ToolCallBody(Strict):
    args: dict[str, Any] = {}
    workspace: Path = ""
    approve: Literal["none", "safe", "all"] = "none"
    client: Client = ""


class NewPermission(Strict):
    tool: Name
    scope: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^(\*|(path|host|argv|app):.+)$")] = "*"
    decision: Literal["allow", "ask", "deny"]


class NewProvider(Strict):
    """A server of models. ``base_url`` may lack its scheme, and be empty for one that is known by name; ``tried``: it is asked for its models, and a key that it refuses is not kept."""

    kind: Literal["openai", "anthropic"] = "openai"
    base_url: Annotated[str, StringConstraints(max_length=2000)] = ""
    tried: bool = False
    models: list[Name] = []
    key: Annotated[str, StringConstraints(max_length=2000)] = ""
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0


class LoadChoice(Strict):
    """How a model is to be loaded; nothing given: as it fits best."""

    context: Annotated[int, Field(ge=512, le=1_048_576)] | None = None
    cache: Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"] | None = None
    offload: Annotated[int, Field(ge=0, le=1000)] | None = None


class NewFile(Strict):
    path: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class HubToken(Strict):
    token: Annotated[str, StringConstraints(max_length=500)] = ""


class NewDownload(Strict):
    """Either ``id`` (``qwen3-4b:Q4_K_M``, ``registry:…``, ``OWNER/REPOSITORY:Q4_K_M``, an address), or ``repo`` with ``file`` or ``quantisation``."""

    id: Annotated[str, StringConstraints(max_length=2000)] = ""
    repo: Annotated[str, StringConstraints(max_length=200, pattern=r"^([\w.-]+/[\w.-]+)?$")] = ""
    file: Annotated[str, StringConstraints(max_length=300)] = ""
    quantisation: Annotated[str, StringConstraints(max_length=20)] = ""


class RoleChange(Strict):
    model: Name


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatBody(BaseModel):
    model_config = ConfigDict(extra="allow")
    model: Name
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=10_000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    stop: str | list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    response_format: dict[str, Any] | None = None


class EmbeddingsBody(BaseModel):
    model_config = ConfigDict(extra="allow")
    model: Name
    input: (
        Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
        | Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=100_000)]], Field(min_length=1, max_length=2048)]
    )
    encoding_format: Literal["float", "base64"] = "float"


class ResponsesBody(BaseModel):
    model_config = ConfigDict(extra="allow")
    model: Name
    input: Annotated[str, StringConstraints(min_length=1, max_length=2_000_000)] | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
    instructions: str | None = None
    stream: Literal[False] | None = False
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class AccountBody(Strict):
    values: dict[str, Annotated[str, StringConstraints(max_length=2000)]] = {}
    secret: Annotated[str, StringConstraints(max_length=4000)] | None = Field(None, description="goes to the keyring; empty: forgotten")


class NewMcpServer(Strict):
    name: Annotated[str, StringConstraints(max_length=63)]
    command: Annotated[str, StringConstraints(max_length=4000)] = ""
    args: list[Annotated[str, StringConstraints(max_length=8000)]] = Field([], max_length=200)
    env: dict[str, str] = {}
    cwd: Annotated[str, StringConstraints(max_length=4000)] = ""
    url: Annotated[str, StringConstraints(max_length=4000)] = ""
    headers: dict[str, str] = {}
    transport: Literal["", "http", "sse"] = ""
    auth: dict[str, Any] = {}
    check: bool = Field(True, description="start it once and agree to the tools that it offers")


class McpImport(Strict):
    text: Annotated[str, StringConstraints(max_length=1_000_000)] = Field(description="another client's configuration, JSON or YAML")
    only: list[str] = Field([], description="names to take; all where empty")
    check: bool = False


class McpBundle(Strict):
    path: Annotated[str, StringConstraints(max_length=4000)] = Field(description="a .mcpb file on this machine")
    values: dict[str, Any] = Field({}, description="answers to what the bundle wants to know")
    install: bool = Field(False, description="false: only look into it")


class McpLink(Strict):
    link: Annotated[str, StringConstraints(min_length=1, max_length=20_000)] = Field(description="deskhand://mcp/install?…")
    install: bool = Field(False, description="false: only look at what it proposes")


class NewMemory(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"\S")]
    about: Annotated[str, StringConstraints(max_length=200)] = Field("", description="what it is about; a newer fact about the same takes its place")


class MemoryChange(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"\S")]


class MemoryIds(Strict):
    ids: list[Annotated[str, StringConstraints(max_length=200)]] = Field(max_length=10_000)


class MemoryRating(Strict):
    good: bool


class MemoryImport(Strict):
    memories: list[dict[str, Any]] = Field(max_length=100_000)


class SkillSource(Strict):
    source: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Field(
        description="a folder, a zip, or the address of a git repository; #NAME chooses one of several"
    )


class SkillTaken(Strict):
    id: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(description="of what was looked at")
    digest: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(description="of what was shown")


class SkillChange(Strict):
    enabled: bool | None = None
    files: dict[Annotated[str, StringConstraints(min_length=1, max_length=200)], Annotated[str, StringConstraints(max_length=200_000)]] | None = Field(None, max_length=20)


class SkillDraft(Strict):
    run_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: Annotated[str, StringConstraints(max_length=64, pattern=r"^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$")] = ""


Seconds = Annotated[int, Field(ge=0, le=10**8)]


class ScheduleTask(Strict):
    text: Annotated[str, StringConstraints(max_length=MAX_REQUEST)] = ""
    skill: SkillCall | None = None
    remind: Annotated[str, StringConstraints(max_length=4000)] = ""
    workspace: Path = Field("", description="absolute path of a folder; empty: the default workspace")
    models: dict[Literal["planner", "reviewer", "executor"], Name] = {}
    tools: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field([], max_length=100, description="patterns of the tools that it may use; none: all")
    run_tokens: Annotated[int, Field(ge=0, le=10**9)] = 0
    run_usd: Annotated[float, Field(ge=0, le=10**6)] = 0.0
    local_only: bool = False
    deliver: Literal["notification", "conversation", "file", "mail", "device"] = "notification"
    deliver_to: Annotated[str, StringConstraints(max_length=4000)] = ""
    silent: Literal["never", "nothing_new", "success"] = "never"
    nothing_new: Annotated[str, StringConstraints(max_length=500)] = ""
    overlap: Literal["skip", "queue", "replace"] = "skip"
    missed: Literal["skip", "once", "all"] = "once"
    window_s: Seconds = 86_400
    retries: Annotated[int, Field(ge=0, le=20)] = 1
    retry_wait_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    deadline_s: Annotated[int, Field(ge=0, le=86_400)] = 3600
    expires_s: Seconds = 86_400


class ScheduleWhen(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    zone: Annotated[str, StringConstraints(max_length=100)] = ""


class NewSchedule(Strict):
    when: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    zone: Annotated[str, StringConstraints(max_length=100)] = ""
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    task: ScheduleTask


class ScheduleChange(Strict):
    when: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    zone: Annotated[str, StringConstraints(max_length=100)] | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    task: ScheduleTask | None = None


class Invited(BaseModel):
    code: str
    expires_at: int = Field(description="seconds since the epoch")
    addresses: list[str]
    svg: str = Field(description="the code as a QR, an SVG in base64")
    qr: str = Field(description="the same for a terminal")


class Join(Strict):
    code: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    name: Annotated[str, StringConstraints(max_length=80)] = ""
    workspace: Path = Field("", description="folder that the hub's work is done in; empty: the default workspace")
    rights: Annotated[list[Literal["read", "change", "act"]], Field(max_length=3)] = ["read", "change", "act"]


class Joined(BaseModel):
    id: str
    name: str
    hub: str
    words: str = Field(description="the same words stand on the hub's screen")
    workspace: str
    rights: list[str]


class Rights(Strict):
    rights: Annotated[list[Literal["read", "change", "act"]], Field(max_length=3)]


class DeviceName(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class DeviceRequest(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REQUEST - 100, pattern=r"\S")]
    workspace: Path = ""
    approve: Literal["ask", "none", "safe", "all"] = "ask"
    conversation_id: Annotated[str, StringConstraints(max_length=200)] = ""
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    run_id: RunId = None


class NewAgent(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][\w.-]*$")]
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://\S+$")]
    token: Annotated[str, StringConstraints(max_length=4000)] = ""


class DeviceFile(Strict):
    path: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    to: Path = ""
    workspace: Path = ""
    approve: Literal["ask", "none", "safe", "all"] = "ask"
    conversation_id: Annotated[str, StringConstraints(max_length=200)] = ""
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    run_id: RunId = None


class Move(Strict):
    device: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    files: Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=1000)]], Field(max_length=100)] = []


class Hold(Strict):
    held: bool


class StepEdit(Strict):
    args: dict[str, Any]


class StepPlace(Strict):
    device: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(description="a device's name, or here")


class EnvelopeEntry(Strict):
    tool: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    scope: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    outside: bool = Field(False, description="also with text that came from outside")


class Envelope(Strict):
    envelope: list[EnvelopeEntry] = Field(max_length=200)


class NoticesSeen(Strict):
    until: Annotated[int, Field(ge=0, le=2**53 - 1)]
