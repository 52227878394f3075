"""Set-up brings the sandbox in which tools run code; a machine where it cannot be installed is set up all the same."""

from __future__ import annotations

import pytest

from installer import bootstrap


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A Debian machine of root's that lacks nothing but the sandbox; what is asked of apt."""
    asked: list[list[str]] = []
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "_compiler", lambda: "g++")
    monkeypatch.setattr(bootstrap, "_has_ensurepip", lambda: True)
    monkeypatch.setattr(bootstrap.ctypes.util, "find_library", lambda name: name)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name, **options: None if name == "bwrap" else f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "_apt", lambda command, prefix: asked.append(command))
    return asked


def test_the_sandbox_is_installed_where_only_that_is_missing(calls: list[list[str]]) -> None:
    bootstrap._system_packages(dev=False)
    assert [command[-1] for command in calls] == ["bubblewrap"]


def test_set_up_goes_on_where_the_sandbox_cannot_be_had(calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(command: list[str], prefix: list[str]) -> None:
        raise bootstrap.SetupFailed("apt-get update failed:\nno network")

    monkeypatch.setattr(bootstrap, "_apt", fail)
    bootstrap._system_packages(dev=False)
    assert "could not be installed: apt-get update failed" in capsys.readouterr().err
    monkeypatch.setattr(bootstrap, "_compiler", lambda: None)
    monkeypatch.setattr(bootstrap, "_cached_wheel", lambda: None)
    with pytest.raises(bootstrap.SetupFailed):
        bootstrap._system_packages(dev=False)
