"""Every error that Deskhand raises on purpose.

A :class:`DeskhandError` is what a person sees: a stable ``code``, one sentence, and what can be done about it.
The ``Tool…`` errors are what a model sees: they become the result of a step, never a crash.
"""

from __future__ import annotations


class DeskhandError(Exception):
    """An error with a stable code, a sentence for people, and a hint.

    ``retryable`` says whether doing the very same thing later may succeed.
    """

    code = "internal"
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.hint = hint
        self.retryable = retryable

    def to_json(self) -> dict[str, str]:
        """The shape of the contract: ``{"code", "message", "hint"}``."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(DeskhandError):
    """The person's input cannot be used as it is."""

    code = "usage"
    exit_code = 2


class NotFound(DeskhandError):
    """No such run, conversation, model, tool or file."""

    code = "not_found"
    exit_code = 2


class RefusedByPolicy(DeskhandError):
    """The permission rules said no."""

    code = "refused"
    exit_code = 4


class StorageError(DeskhandError):
    """The database, the settings file or the disk cannot be used."""

    code = "storage"


class ModelError(DeskhandError):
    """A model failed: unreachable, wrong key, garbage, crash."""

    code = "model_failed"


class NoModel(ModelError):
    """No model can serve this request."""

    code = "no_model"
    exit_code = 5


class PlanRejected(DeskhandError):
    """No plan passed the checks and the reviewer within the allowed rounds."""

    code = "plan_rejected"


class ToolError(Exception):
    """Base of what a tool tells the model. ``code`` is stable, the text is one sentence, ``hint`` the way out: what to call instead, or which values there are."""

    code = "tool_failed"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None, hint: str = "", retryable: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.code
        if retryable is not None:
            self.retryable = retryable


class ToolRetry(ToolError):
    """The arguments were wrong in a way a model can mend."""

    code = "bad_arguments"


class ToolFailed(ToolError):
    """The tool could not do it; a retry with the same arguments may help only if ``retryable``."""


class ToolDenied(ToolError):
    """The permission rules or the person said no."""

    code = "denied"


class ApprovalRequired(ToolError):
    """Nobody can be asked now; the run is parked until somebody decides."""

    code = "approval_required"
