"""Files that hold keys, passwords or tokens, known by what they are and not by one list of places: by kinds of names, by whom the system lets read them, by how they begin."""

from __future__ import annotations

import os
import re
import stat

HEAD_BYTES = 4096  # of a file, in which a key has to begin
_CLEAR = re.compile(r"example|sample|template|dist|schema|\.pub$|\.crt$|\.cer$|\.csr$|known_hosts", re.I)  # no secrets: patterns for people, and what is public of keys
# whoever may read them, wherever they lie
_NAMES = re.compile(
    r"\.env(?:\..+)?|\.envrc|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.+_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:kdbx?|psafe3|p12|pfx|jks|keystore|kwl|ovpn|ppk|p8|agekey|mobileconfig)"
    r"|wg\d*\.conf|wallet\.dat|default_wallet|utc--.+|[._]?netrc|\.authinfo|\.pgpass|\.htpasswd|\.git-credentials|\.(?:x|ice)authority|\.viminfo|\..+_history|fish_history"
    r"|\.?credentials(?:\.(?:json|toml|ya?ml|ini|csv|xml))?|client_secret.*\.json|application_default_credentials\.json|oauth_creds\.json|key[34]\.db|cert9\.db|logins(?:-backup)?\.json"
    r"|cookies\.sqlite|signons\.sqlite|formhistory\.sqlite|login data|web data|state\.vscdb",
    re.I,
)
# in hidden places of the home folder, where programs keep what is theirs; elsewhere only where nobody else may read it
_WORDS = re.compile(
    r"(?<![a-z])(?:pass(?:word|wd|phrase)s?|secrets?|tokens?|credentials?|api[_-]?keys?|private[_-]?keys?|seed[_-]?phrase|recovery[_-]?(?:codes?|keys?)|wallets?|auth|oauth)(?![a-z])",
    re.I,
)
_PROGRAMS = re.compile(
    r"cookies?|.*history|.*\.(?:key|pem|ldb)|keys?\.(?:txt|json|ya?ml)|key_datas|.*auth.*\.json|.*accounts?\.(?:conf|xml|json)|hosts\.yml|clouds\.yaml|gradle\.properties|pip\.conf|.*creds.*"
    r"|\.?(?:npmrc|yarnrc(?:\.yml)?|pypirc|curlrc|wgetrc|muttrc|msmtprc|fetchmailrc|offlineimaprc|mbsyncrc|gemrc|boto|s3cfg|dockercfg|.*\.cfg)",
    re.I,
)
_KEYS = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-|AGE-SECRET-KEY-1|untrusted comment: minisign encrypted secret key|\x03\xd9\xa2\x9a"
)
_LATER = re.compile(
    rb"^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\r?\n(?:[\w-]+: .*\r?\n|\r?\n)*[A-Za-z0-9+/=]{40}", re.M
)  # after a certificate: a page about keys has none


def is_credential(where: str, home: str, workspace: str) -> bool:
    """Whether a path, with links followed, is such a file by its name or by its mode. ``home`` and ``workspace`` as the path is spelled."""
    name = os.path.basename(where)
    if _CLEAR.search(name):
        return False
    if _NAMES.fullmatch(name):
        return True
    if _WORDS.search(name):
        return _is_owners(where) or _is_hidden(where, home, workspace)
    return _is_hidden(where, home, workspace) and (_PROGRAMS.fullmatch(name) is not None or _is_owners(where))


def begins_as_key(head: bytes) -> bool:
    """Whether a file that begins so is a private key or a store of passwords, or has one after a certificate."""
    return _KEYS.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()) is not None or _LATER.search(head) is not None


def _is_hidden(where: str, home: str, workspace: str) -> bool:
    """Whether it lies in a hidden place of the home folder that nobody chose to work in."""
    if not where.startswith(home + os.sep) or (where.startswith(workspace + os.sep) and len(workspace) > len(home)):
        return False
    return f"{os.sep}." in where[len(home) :]


def _is_owners(where: str) -> bool:
    """Whether the system lets only its owner read a file."""
    try:
        status = os.stat(where)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
