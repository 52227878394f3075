"""What a skill may not say: patterns, each with its reason. ``vetting`` reads the files with them.

Kinds seen in the wild (research on published malicious skills, 2026): prose that has the reader fetch and run something, instructions hidden from the
person, encoded commands, secrets collected and sent away, remote shells, a place in the start-up files, wiping. Prose counts as much as code: a model does
what it reads. A line that warns of such a thing ("never run …") is a doubt, not a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. ``why`` completes the sentence "it …"; ``warned`` says that a warning in the same line makes it harmless."""

    code: str
    severity: Severity
    why: str
    pattern: re.Pattern[str]
    warned: bool = True


def _rule(code: str, severity: Severity, why: str, *patterns: str, warned: bool = True) -> Rule:
    return Rule(code, severity, why, re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.I), warned)


_SHELL = r"(?:/(?:usr/)?bin/)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b|(?:sudo\s+(?:-\w+\s+)*)?(?:/(?:usr/)?bin/)?(?:(?:ba|z|da|k)?sh|python[\d.]*|node|perl|ruby|php)\b(?!\s*-m\s+json|\s+-c\s*[\"']import\s+(?:sys,\s*)?json)"
_FETCH = r"(?:curl|wget|fetch|aria2c|lwp-download|http(?:ie)?)\b"
_ENDS = r"\.(?:exe|msi|dmg|pkg|scr|bat|cmd|ps1|vbs|jar|apk|appimage|sh|command|hta|lnk|iso|zip|rar|7z|tar\.gz|tgz)\b"
_SECRET = (
    r"~?/?\.ssh/(?:id_\w+|\*|config|known_hosts)?|id_(?:rsa|ed25519|ecdsa|dsa)\b|\.aws/credentials|\.netrc\b|\.npmrc\b|\.pypirc\b|\.docker/config\.json|\.kube/config|\.gnupg\b|\.git-credentials"
    r"|login\.keychain|keychain-db|security\s+(?:find|dump)-(?:generic|internet)?-?(?:password|keychain)|(?:Login Data|Cookies|Web Data|cookies\.sqlite|logins\.json|key4\.db)\b|wallet\.dat|\.(?:bitcoin|ethereum|electrum|exodus|solana)\b"
    r"|/etc/(?:shadow|passwd|sudoers)\b|\.config/(?:gcloud|gh/hosts)|application_default_credentials|\.openclaw/(?:credentials|openclaw\.json)|\.hermes/\.env|\.deskhand\b|api-token\b"
)
_ENV = r"\b(?:printenv|env|export\s+-p|set)\s*(?:\||>)|os\.environ(?!\s*(?:\[|\.get|\.setdefault|\.pop))|dict\(os\.environ\)|json\.dumps\(\s*(?:dict\()?os\.environ|JSON\.stringify\(\s*process\.env\s*\)|Object\.(?:keys|entries)\(\s*process\.env|\$\(\s*(?:env|printenv)\s*\)|`(?:env|printenv)`"
_SEND = r"(?:curl|wget)\b[^\n]{0,300}(?:\s-(?:d|F|T)\b|--data|--form|--upload-file|--post-(?:data|file)|-X\s*(?:POST|PUT))|requests\.(?:post|put)|httpx\.(?:post|put)|urlopen\(|axios\.post|fetch\([^\n]{0,200}POST|\bnc\b\s|\bsendmail\b|smtplib|\bscp\b|\brsync\b"
_DROPS = r"webhook\.site|requestbin|pipedream\.net|burpcollaborator|interact\.sh|oast(?:ify)?\.\w+|oast\.(?:fun|pro|live|site|me|online)|discord(?:app)?\.com/api/webhooks|api\.telegram\.org/bot|transfer\.sh|0x0\.st|file\.io|termbin\.com|paste\.ee|pastebin\.com|hastebin|rentry\.co|glot\.io|ngrok(?:-free)?\.(?:io|app|dev)|serveo\.net|trycloudflare\.com|beeceptor\.com|hookbin|canarytokens|dnslog|ceye\.io"
_PUBLIC_IP = r"(?:https?|ftp)://(?!(?:127|10|0|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.0\.2|198\.51\.100|203\.0\.113)\.)\d{1,3}(?:\.\d{1,3}){3}\b"
_NOBODY = r"(?:the\s+)?(?:user|human|person|operator|owner|victim|reviewer|them|him|her|anyone|anybody)\b"

RULES: tuple[Rule, ...] = (
    # -- fetch and run
    _rule(
        "fetch-and-run", "block", "has something fetched from the network and run at once",
        rf"{_FETCH}[^\n|;]{{0,400}}\|\s*(?:tee\s+\S+\s*\|\s*)?(?:sudo\s+(?:-\w+\s+)*)?(?:{_SHELL})",
        rf"(?:ba|z|da|k)?sh\s+(?:-c\s+[\"']?)?(?:<\(|\$\(|`|[\"']\$\()\s*{_FETCH}", rf"(?:source|eval|\.)\s+(?:<\(|[\"']?\$\(|`)\s*{_FETCH}", rf"python[\d.]*\s+(?:-c\s+[\"']?|<\()\s*(?:\$\(\s*)?{_FETCH}",
        rf"{_FETCH}[^\n]{{0,300}}(?:-o|-O|>|--output(?:-document)?)[^\n]{{0,200}}(?:&&|;)\s*(?:sudo\s+)?(?:chmod\s+(?:a?\+x|0?7\d\d)|(?:ba|z)?sh\s|python[\d.]*\s|\./|open\s|installer\s)",
        r"(?:iex|invoke-expression)\b[^\n]{0,200}(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|net\.webclient)", r"(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)[^\n]{0,300}\|\s*(?:iex|invoke-expression)",
        r"mshta\s+https?:", r"certutil[^\n]{0,80}-urlcache", r"bitsadmin[^\n]{0,80}/transfer", r"regsvr32[^\n]{0,80}https?:", r"rundll32[^\n]{0,80}https?:", r"start-bitstransfer",
        r"(?:exec|eval|compile)\s*\(\s*(?:\w+\.)*(?:requests\.get|urlopen|urllib\.request|httpx\.get|fetch)\b", r"exec\s*\([^\n]{0,120}(?:requests\.get|urlopen|httpx\.get)\s*\(", r"eval\s*\(\s*(?:await\s+)?(?:\(?await\s+)?fetch\(",
        r"importlib[^\n]{0,80}(?:urlopen|requests\.get)", r"deno\s+run\s+(?:-\S+\s+)*https?://", r"(?:node|python[\d.]*)\s+https?://",
    ),
    _rule(
        "fetch-and-run", "block", "tells the reader to download a program and run it",
        rf"\b(?:download|grab|fetch|obtain|get)\b[^\n]{{0,200}}https?://\S+[^\n]{{0,300}}\b(?:run|execute|launch|double[- ]click|open|start|install)\b[^\n]{{0,60}}(?:it\b|the\s+(?:file|binary|installer|executable|script|program|app)|{_ENDS})",
        rf"\b(?:download|grab|fetch)\b(?![^\n]{{0,40}}\b(?:data ?sets?|data|corpus|photos?|pictures?|fonts?|icons?|texts?)\b)[^\n]{{0,200}}{_ENDS}[^\n]{{0,200}}\b(?:extract|unzip)\b",
        rf"\b(?:download|grab|fetch)\b[^\n]{{0,200}}{_ENDS}[^\n]{{0,200}}\b(?:run|execute|launch|double[- ]click)\b",
        r"\b(?:run|execute|launch)\b[^\n]{0,80}\b(?:script|installer|binary|executable|file|command)\b[^\n]{0,60}\b(?:from|at|hosted|located|found)\b[^\n]{0,60}https?://",
        r"\b(?:visit|go to|open|navigate to|see)\b[^\n]{0,80}https?://\S+[^\n]{0,160}\b(?:copy|paste)\b[^\n]{0,120}\b(?:terminal|command|powershell|shell|console|prompt)\b",
        r"\bcopy\b[^\n]{0,80}\b(?:command|script|code)\b[^\n]{0,100}\b(?:from|at)\b[^\n]{0,80}https?://[^\n]{0,160}\b(?:paste|run|execute|terminal)\b",
        r"\b(?:fetch|get|load|read|retrieve|download)\b[^\n]{0,80}\b(?:instructions?|commands?|tasks?|prompt|rules|steps|directives?|configuration)\b[^\n]{0,40}\bfrom\b[^\n]{0,60}https?://[^\n]{0,160}\b(?:follow|execute|run|obey|apply|perform|carry out)\b",
        r"\b(?:follow|execute|obey|carry out)\b[^\n]{0,60}\b(?:instructions?|commands?|directives?|whatever)\b[^\n]{0,60}\b(?:at|from|in|returned by|on)\b\s+<?\[?[^\n]{0,20}https?://",
        r"\b(?:extract|unzip|unpack|decompress|archive)\b[^\n]{0,100}\b(?:password|passphrase|pass)\b\s*(?:is|:|=|`|\")", r"\bpassword(?: for the archive| to extract)?\b[^\n]{0,12}[:=`\"][^\n]{0,60}\b(?:extract|unzip|unpack|archive)\b",
        r"\bunzip\s+-P\s*\S+", r"\b7z\s+x\s+[^\n]{0,60}-p\S+",
    ),
    # -- hidden from the person
    _rule(
        "override", "block", "tells the reader to disregard what it was told before",
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^\n.]{0,30}\b(?:all\s+|any\s+)?(?:of\s+)?(?:your\s+|the\s+|my\s+)?(?:previous|prior|above|earlier|preceding|existing|original|system|safety|security)\s+(?:\w+\s+){0,2}(?:instruction|prompt|rule|guideline|polic|message|direction|constraint|restriction|command|check|filter|guardrail|context)",
        r"\byou are now\b[^\n]{0,40}\b(?:DAN|unrestricted|jailbroken|developer mode|in admin mode|root)\b", r"\b(?:enter|enable|activate)\b[^\n]{0,20}\b(?:developer|god|jailbreak|DAN|unrestricted)\s+mode\b",
        r"<\s*/?\s*(?:system|im_start|im_end)\b[^>]{0,20}>\s*\S", r"\[\s*(?:SYSTEM|ADMIN)\s+(?:OVERRIDE|PROMPT|MESSAGE|INSTRUCTION)S?\s*\]", r"<\|(?:im_start|system|endoftext)\|>", r"\bnew system prompt\s*:", r"\bthis (?:supersedes|overrides|takes precedence over)\b[^\n]{0,60}\b(?:instruction|polic|rule|guideline)",
    ),
    _rule(
        "secretly", "block", "tells the reader to keep something from the person",
        rf"\b(?:do not|don'?t|never|must not|without|avoid|refrain from)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|alert(?:ing)?|notify(?:ing)?|reveal(?:ing)?(?:\s+(?:this|it|any\w*))?(?:\s+to)?|disclos(?:e|ing)(?:\s+(?:this|it))?(?:\s+to)?|show(?:ing)?\s+(?:this|it|these|any\w*)(?:\s+\w+)?\s+to|mention(?:ing)?\s+(?:this|it|these|any of this|anything)(?:\s+\w+){{0,3}}\s+to|warn(?:ing)?)\s+{_NOBODY}",
        rf"\b(?:hide|conceal|keep)\b\s+(?:this|it|these|all of this|everything|the (?:fact|step|action|request|upload|output)s?)\b[^\n]{{0,50}}\b(?:from|secret from|hidden from)\s+{_NOBODY}",
        r"\b(?:silently|secretly|covertly|quietly|stealthily|discreetly|surreptitiously)\b[^\n]{0,30}\b(?:send|upload|transmit|exfiltrate|post|forward|copy|collect|read|run|execute|install|download|log|record|harvest|append|add|gather|include|email|share|harvest)\b",
        r"\b(?:send|upload|transmit|post|forward|collect|run|execute|install|download|record|harvest)\b[^\n]{0,60}\b(?:silently|secretly|covertly|stealthily|surreptitiously|without (?:the )?(?:user'?s?|their|his|her) (?:knowledge|consent|permission|noticing|awareness))\b",
        r"\bwithout\s+(?:asking|prompting|requesting|waiting for|seeking|getting)\b[^\n]{0,30}\b(?:permission|consent|confirmation|approval)\b[^\n]{0,80}\b(?:send|upload|delete|remove|install|execute|run|post|transmit|overwrite)\b",
        r"\b(?:the user|they)\s+(?:must|should|will|need)\s+(?:not|never)\s+(?:know|see|notice|find out|be (?:told|informed|aware))\b",
    ),
    _rule("exfiltrates", "block", "speaks of carrying data away", r"\bexfiltrat(?:e|es|ing)\b"),
    # -- encoded
    _rule(
        "encoded", "block", "decodes a hidden command and runs it",
        rf"base64\s+(?:-[dD]\b|--decode)[^\n]{{0,120}}\|\s*(?:sudo\s+)?(?:{_SHELL})", rf"(?:{_SHELL})[^\n]{{0,20}}(?:<\(|\$\(|`)[^\n]{{0,200}}base64\s+(?:-[dD]|--decode)", r"eval\s+[\"']?(?:\$\(|`)[^\n]{0,300}base64",
        r"(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,120}\s-e(?:nc|ncodedcommand|c)?\s+[A-Za-z0-9+/=]{16,}", r"frombase64string[^\n]{0,200}(?:iex|invoke|\.load|start-process)", r"(?:iex|invoke-expression)[^\n]{0,200}frombase64string",
        r"(?:exec|eval|compile|system|popen|run|call|check_output|Popen|marshal\.loads|__import__)\s*\([^\n]{0,200}(?:b(?:ase)?64\.?b?\w*decode|b64decode|atob\(|bytes\.fromhex|unhexlify|zlib\.decompress|codecs\.decode|rot13|Buffer\.from\([^\n]{0,200}base64)",
        r"(?:b64decode|fromhex|unhexlify|zlib\.decompress|marshal\.loads)\s*\([^\n]{0,4000}\)[^\n]{0,80}\n?[^\n]{0,80}\b(?:exec|eval)\s*\(", r"xxd\s+-r\s+-p[^\n]{0,80}\|\s*(?:ba|z)?sh", r"(?:echo|printf)\s+[^\n|]{0,20}[\"']?(?:\\+x[0-9a-f]{2}){6,}[^\n]{0,200}\|\s*(?:ba|z)?sh", r"(?:\\x[0-9a-f]{2}){24,}",
        r"\btr\s+['\"]?(?:A-Za-z|a-zA-Z)['\"]?\s+['\"]?N-ZA-Mn-za-m['\"]?[^\n]{0,80}\|\s*(?:ba|z)?sh", r"\b(?:decode|base64)\b[^\n]{0,120}\b(?:run|execute|eval)\b[^\n]{0,200}[A-Za-z0-9+/]{40,}={0,2}", r"chr\(\d+\)(?:\s*\+\s*chr\(\d+\)){8,}", r"String\.fromCharCode\((?:\s*\d+\s*,){12,}",
    ),
    # -- secrets
    _rule(
        "asks-for-secrets", "block", "asks the person for a secret that no skill needs",
        r"\b(?:ask|prompt|request|tell|instruct|have|require)\b[^\n.]{0,50}\b(?:the\s+)?(?:user|person|human|them|owner)\b[^\n.]{0,60}\b(?:seed phrase|recovery phrase|mnemonic|private key|(?:master|login|system|sudo|admin|root|account|bank|email|wallet|keychain)\s+(?:password|passphrase|pin)|password|credit card|card number|cvv|ssn|social security|2fa code|otp)\b",
        r"\b(?:enter|type|paste|provide|share|send|supply|input)\b[^\n.]{0,25}\b(?:your|the user'?s|their)\b[^\n.]{0,25}\b(?:seed phrase|recovery phrase|mnemonic|wallet'?s? private key|private keys?|(?:master|system|sudo|admin|root|mac|login|computer|keychain|bank) password|credit card|cvv|social security)\b",
        r"osascript[^\n]{0,300}(?:hidden answer|password)", r"dscl\s+[^\n]{0,60}-authonly", r"zenity\s+--password", r"Get-Credential[^\n]{0,120}(?:GetNetworkCredential|Password)",
    ),
    _rule(
        "reads-secrets", "block", "reads keys or passwords that are kept on this machine",
        rf"(?:cat|less|head|tail|cp|copy|type|read|open|upload|send|include|scan|tar|zip|base64|xxd|strings|grep|find|collect|dump|access|exfil\w*|extract|print|steal|parse|gather|load)\b[^\n]{{0,80}}(?:{_SECRET})", rf"(?:open|Path|readFile(?:Sync)?|read_text|expanduser|copyfile|glob)\s*\(?[^\n]{{0,60}}(?:{_SECRET})",
        r"security\s+(?:dump-keychain|find-(?:generic|internet)-password)", r"\bmimikatz\b|\blazagne\b|sekurlsa", r"(?:browser|chrome|firefox|brave|edge|safari)\b[^\n]{0,40}\b(?:saved )?(?:cookies?|passwords?|credentials|login data)\b[^\n]{0,60}\b(?:extract|read|dump|collect|upload|send|copy|decrypt|steal)", r"\b(?:extract|read|dump|collect|upload|decrypt|steal|harvest)\b[^\n]{0,60}\b(?:browser|chrome|firefox|brave|edge|safari)\b[^\n]{0,30}\b(?:cookies?|passwords?|credentials|login data)\b",
        r"\b(?:collect|gather|harvest|dump|steal|scrape|enumerate)\b[^\n]{0,60}\b(?:all\s+)?(?:api[ _-]?keys?|tokens?|credentials|secrets|passwords|env(?:ironment)? variables|ssh keys|private keys|wallets?)\b[^\n]{0,120}\b(?:send|post|upload|transmit|to\s+https?://|report|attach|include)\b", r"browser_cookie3|CryptUnprotectData|win32crypt",
    ),
    _rule(
        "sends-secrets", "block", "sends the environment, the conversation or files of yours to somebody",
        rf"(?:{_ENV})[^\n]{{0,200}}(?:{_SEND}|https?://)", rf"(?:{_SEND})[^\n]{{0,300}}(?:{_ENV})", rf"(?:{_SEND})[^\n]{{0,300}}(?:@|<\s*)?(?:{_SECRET})",
        r"(?:curl|wget)\b[^\n]{0,300}(?:-d|-F|-T|--data\S*|--form|--upload-file)[^\n]{0,60}(?:\$\(|`)\s*(?:cat|env|printenv|history|ls|find|tar|base64|whoami|hostname|id|uname)\b", r"(?:curl|wget|nslookup|dig|ping)\b[^\n]{0,200}(?:\$\(|`)\s*(?:cat|env|printenv|whoami|hostname|id|base64)\b",
        rf"(?:{_SEND}|send|post|upload|forward|report|transmit)\b[^\n]{{0,300}}(?:{_DROPS})", rf"(?:{_DROPS})[^\n]{{0,200}}\b(?:token|secret|key|password|env|credential|conversation|history)\w*\b",
        r"\b(?:send|post|upload|transmit|forward|email|submit|include|append|attach|encode)\b[^\n]{0,100}\b(?:conversation|chat|message|session|user'?s?)\s*(?:history|content|contents|log|transcript|context|data|messages|prompts?|input|files?)\b[^\n]{0,120}(?:https?://|\b(?:to (?:our|the|this|an?) (?:\w+ )?(?:server|endpoint|webhook|url|api|collector|backend)|[\w.+-]+@[\w-]+\.\w+))",
        r"\b(?:send|post|upload|transmit|forward|email|submit)\b[^\n]{0,60}\b(?:api[ _-]?keys?|tokens?|credentials|secrets|passwords|env(?:ironment)?(?: variables)?|\.env|ssh keys?|private keys?|keychain|wallet|seed)\b[^\n]{0,100}(?:https?://|\bto\s+(?:our|the|this|an?|my)\s+(?:\w+\s+){0,3}(?:server|endpoint|webhook|url|api|collector|address|bot|channel)|[\w.+-]+@[\w-]+\.\w+)",
        r"!\[[^\]]*\]\(https?://[^)\s]*[?&][^)\s]*=\s*(?:\{|<|\$|%7B|\[)", r"\b(?:bcc|blind copy|cc)\b[^\n]{0,40}[\w.+-]+@[\w-]+\.\w+[^\n]{0,80}\b(?:every|all|each|any|always)\b", r"\b(?:every|all|each|any|always)\b[^\n]{0,60}\b(?:bcc|blind[- ]copy)\b[^\n]{0,60}[\w.+-]+@[\w-]+\.\w+", r"[\w.+-]+@[\w-]+\.\w[\w.]*[^\n]{0,40}\b(?:in|as|to|on)\b[^\n]{0,10}\b(?:b?cc|blind copy)\b",
    ),
    # -- shells, start-up, wiping, guards
    _rule(
        "remote-shell", "block", "opens this machine to somebody from outside",
        r"/dev/(?:tcp|udp)/", r"\bnc(?:at)?\b[^\n]{0,60}\s-(?:\w*e|c)\s+\S*sh", r"bash\s+-i\s+>&", r"mkfifo[^\n]{0,120}\bnc\b", r"socket\.socket[\s\S]{0,400}(?:dup2|subprocess\.(?:call|Popen|run)\(\[?[\"']/bin/(?:ba)?sh|pty\.spawn)", r"socat\b[^\n]{0,80}exec:", r"pty\.spawn\([\"']/bin/", r"New-Object\s+System\.Net\.Sockets\.TCPClient", r"ssh\b[^\n]{0,60}\s-R\s+\d+:", r"\bmsfvenom\b|meterpreter",
    ),
    _rule(
        "stays", "block", "puts itself where it runs again and again",
        r"(?:>>?|tee(?:\s+-a)?)\s*\S*authorized_keys", r"\bauthorized_keys\b[^\n]{0,80}(?:append|add|write|insert)|(?:append|add|write|insert)\b[^\n]{0,80}\bauthorized_keys\b", r"(?:\|\s*crontab\s+-|crontab\s+-l[^\n]{0,120}\|\s*crontab)|crontab\s+<<", r"schtasks\s+/create", r"CurrentVersion\\+Run\b", r"(?:cp|mv|cat|>|tee|write)[^\n]{0,120}(?:LaunchAgents|LaunchDaemons)/", r"(?:>>|tee\s+-a)\s*(?:~|\$HOME)?/?\.?(?:bashrc|zshrc|profile|bash_profile)\b[^\n]{0,200}(?:curl|wget|base64|nc\b|python)|(?:curl|wget|base64|nohup|nc\b)[^\n]{0,200}(?:>>|tee\s+-a)\s*\S*\.(?:bashrc|zshrc|profile|bash_profile)\b",
        r"\b(?:add|append|write|insert|copy|inject|persist|store|save)\b[^\n]{0,80}\b(?:to|into|in|inside)\b[^\n]{0,30}(?:SOUL|MEMORY|AGENTS|CLAUDE|HEARTBEAT|USER|IDENTITY)\.md\b[^\n]{0,120}\b(?:always|every|so that|persist|future|each session|permanently|never)\b", r"\.git/hooks/(?:pre|post)-\w+[^\n]{0,120}(?:curl|wget|base64|nc\b)",
    ),
    _rule(
        "destroys", "block", "would wipe files or disks",
        r"\brm\s+(?:-\w*\s+)*-\w*[rf]\w*\s+(?:-\S+\s+)*(?:--no-preserve-root\s+)?[\"']?(?:/|~|\$\{?HOME\}?|/\*|~/\*|/home|/etc|/usr|/var|C:\\)(?:[\"'\s;&|]|/?\*|$)", r"\bmkfs(?:\.\w+)?\s+\S*/dev/", r"\bdd\b[^\n]{0,80}\bof=/dev/(?:sd|nvme|disk|hd)", r":\(\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;", r"shutil\.rmtree\(\s*(?:os\.path\.expanduser\(\s*)?(?:Path\.home\(\)|[\"'](?:/|~|~/)[\"'])", r"format\s+c:|del\s+/[sfq]\s+/[sfq][^\n]{0,40}c:\\|rd\s+/s\s+/q\s+c:\\", r"Remove-Item\b[^\n]{0,60}-Recurse[^\n]{0,60}(?:C:\\|\$HOME|\$env:USERPROFILE|~)(?:[\"'\s\\]|$)", r"\b(?:delete|erase|wipe|destroy|remove)\b[^\n]{0,20}\b(?:all|every)\b[^\n]{0,30}\b(?:files?|data|backups?|documents)\b[^\n]{0,60}\b(?:without|silently|immediately|no (?:confirm|question))", r"vssadmin\s+delete\s+shadows", r"chmod\s+-R\s+(?:000|777)\s+/(?:\s|$)",
    ),
    _rule(
        "disarms", "block", "switches protections of this machine off",
        r"xattr\s+(?:-\w+\s+)*(?:-\w*[dc]\w*\s+)\S*(?:com\.apple\.quarantine|\S+\.app|\S+)", r"spctl\s+--master-disable", r"csrutil\s+disable", r"Set-MpPreference[^\n]{0,60}Disable", r"\b(?:disable|turn off|deactivate|whitelist|add an exclusion)\b[^\n]{0,40}\b(?:antivirus|anti-virus|windows defender|gatekeeper|firewall|real-?time protection|SIP\b|security software|endpoint protection)", r"setenforce\s+0", r"ufw\s+disable", r"Set-ExecutionPolicy\s+(?:Bypass|Unrestricted)", r"--dangerously-skip-permissions", r"\b(?:approve|accept|allow|grant|confirm)\b[^\n]{0,20}\b(?:all|every|any)\b[^\n]{0,40}\b(?:permission|approval|consent|tool call|request|prompt)s?\b[^\n]{0,40}\b(?:automatically|without|silently|on (?:the user|their) behalf)", r"\bxmrig\b|stratum\+tcp://|\bminerd\b|cryptonight",
    ),
    _rule(
        "shady-source", "block", "fetches from a bare address on the internet", rf"(?:{_FETCH}|download|install|Invoke-WebRequest|iwr|urlopen|requests\.\w+|npm\s+i\w*|pip3?\s+install)[^\n]{{0,200}}{_PUBLIC_IP}", rf"{_PUBLIC_IP}[^\n]{{0,80}}(?:{_ENDS}|\b(?:run|execute|download|install)\b)",
    ),
    # -- doubts: shown, not blocked
    _rule("installs", "warn", "has other programs installed", r"\b(?:pip3?|uv|pipx|npm|pnpm|yarn|bun|cargo|gem|go|brew|apt(?:-get)?|dnf|winget|choco|scoop)\s+(?:-\S+\s+)*(?:install|add|i|tool install)\s+(?:-\S+\s+)*[@\w]", r"\bnpx\s+(?:-y|--yes)\b", r"\buvx\s+\w"),
    _rule("wants-key", "warn", "wants a key or token of yours", r"(?-i:\b[A-Z][A-Z0-9_]*(?:API_KEY|TOKEN|SECRET|PASSWORD)\b)"),
    _rule("as-administrator", "warn", "works as administrator", r"(?<![\w-])sudo\s+\w"),
    _rule("sends", "warn", "sends something over the network", _SEND),
    _rule("drop", "warn", "names a place where anybody can drop or fetch data", _DROPS),
    _rule("deletes", "warn", "deletes files", r"\brm\s+-\w*[rf]", r"shutil\.rmtree", r"os\.(?:remove|unlink)\("),
    _rule("start-up", "warn", "changes start-up files", r"\.(?:bashrc|zshrc|profile|bash_profile)\b", r"\bcrontab\b", r"systemctl\s+(?:--user\s+)?enable", r"LaunchAgents"),
    _rule("runs-text", "warn", "runs text as code", r"\beval\s*\(", r"\bexec\s*\(", r"shell\s*=\s*True", r"os\.system\("),
    _rule("runs-when-read", "warn", "has commands that some programs run as soon as it is read", r"(?<!\w)!`[^`]+`"),
)  # fmt: skip

WARNING = re.compile(
    r"\b(?:never|don'?t|do not|avoid|block(?:s|ing)?(?!ed)|den(?:y|ied)|forbid\w*|reject\w*|prevent\w*|detect\w*|flag(?:s|ged)?|malicious|dangerous|attack\w*|vulnerab\w*|unsafe|insecure|anti-?pattern|red flags?|for example of|injection|must not|should not|bad:|wrong:|❌|⚠)",
    re.I,
)
