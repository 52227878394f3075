"""Keys, passwords and tokens are private by what they are: by kinds of names, by mode, by how they begin. Ordinary files are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ToolRetry
from core.gate.credentials import begins_as_key
from core.gate.mediator import acting
from core.gate.scopes import path_scope
from tools.regular_files import open_regular

PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "A" * 64 + "\n"
THEIRS = [  # with mode 0600, as programs write them
    ".config/zen/a/key4.db", ".floorp/a/key4.db", ".config/falkon/profiles/default/cookies.sqlite", ".config/newbrowser/Default/Cookies", ".config/newbrowser/Default/Login Data",
    ".ollama/id_ed25519", ".bitcoin/wallet.dat", ".electrum/wallets/default_wallet", ".claude/.credentials.json", ".codex/auth.json", ".gemini/oauth_creds.json", ".cache/huggingface/token",
    ".authinfo", ".config/containers/auth.json", ".m2/settings.xml", ".kaggle/kaggle.json", ".config/wireguard/wg0.conf", ".zsh_history", ".local/share/fish/fish_history", ".Xauthority",
    ".config/some-cli-of-next-year/whatever", "Documents/project/.env.production", "Documents/server.p12", "Documents/deploy_rsa", "Documents/passwords.txt", "Documents/api-token.txt",
]  # fmt: skip
QUIET = [
    "Documents/.env.example", "Documents/id_rsa.pub", "Documents/server.crt", "Documents/secret-santa.md", "Documents/keyboard.txt", "Documents/monkey.txt", "Documents/token_count.py",
    "Documents/project/.gitignore", "Documents/project/.github/workflows/test.yml", "Documents/history.md", "Documents/cookies.md", ".config/htop/settings", "Documents/author.txt",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "person"
    (folder / "Documents").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def put(home: Path, name: str, mode: int, content: str = "x") -> Path:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("root", ["", "Documents", "Documents/project"])
@pytest.mark.parametrize("name", THEIRS)
def test_what_holds_secrets_is_private_in_any_workspace(name: str, root: str, home: Path) -> None:
    assert path_scope(put(home, name, 0o600), str(home / root), "read").private, name


@pytest.mark.parametrize("name", QUIET)
def test_ordinary_files_are_not(name: str, home: Path) -> None:
    assert not path_scope(put(home, name, 0o644), str(home / "Documents"), "read").private, name


def test_a_new_file_of_settings_is_written_unasked_and_one_that_is_there_is_not(home: Path) -> None:
    assert not path_scope(home / "Documents/.env", str(home / "Documents"), "change").private
    assert path_scope(put(home, "Documents/.env", 0o644), str(home / "Documents"), "change").private, "moved, it would be read under another name"


@pytest.mark.parametrize(
    "content", [PEM, "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n" + PEM, "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ", "AGE-SECRET-KEY-1QQ"]
)
def test_a_key_is_known_by_how_it_begins_whatever_it_is_called(content: str, home: Path) -> None:
    file = put(home, "Documents/notes.bak", 0o644, content)
    assert path_scope(file, str(home / "Documents"), "read").private
    with acting(str(home / "Documents"), ()), pytest.raises(ToolRetry, match="private"), open_regular(file):
        pass


def test_a_public_key_a_certificate_and_a_page_about_keys_are_none() -> None:
    page = b"# Keys\nA key file begins with:\n-----BEGIN PRIVATE KEY-----\nand goes on with letters.\n"
    assert not any(map(begins_as_key, (b"-----BEGIN CERTIFICATE-----\nQUJD", b"-----BEGIN PUBLIC KEY-----\nQUJD", b"ssh-ed25519 AAAA", page, b"")))
