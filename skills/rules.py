"""What a skill may not say: patterns, each with its reason. ``vetting`` reads the files with them.

Kinds seen in the wild (research on published malicious skills, 2026): prose that has the reader fetch and run something, instructions hidden from the
person, encoded commands, secrets collected and sent away, remote shells, a place in the start-up files, wiping. Prose counts as much as code: a model does
what it reads. A line that warns of such a thing ("never run …") is a doubt, not a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns of one kind. ``why`` completes the sentence "it …"; ``near`` are words of which a text without any cannot match, in small letters: most lines of most skills are passed over by them."""

    code: str
    severity: Severity
    why: str
    patterns: tuple[str, ...]
    near: tuple[str, ...] = ()

    @property
    def lines(self) -> re.Pattern[str] | None:
        """What is looked for in single lines, and in what belongs together put into one."""
        return _either(tuple(pattern for pattern in self.patterns if not _spans(pattern)))

    @property
    def whole(self) -> re.Pattern[str] | None:
        """What is looked for over line ends."""
        return _either(tuple(pattern for pattern in self.patterns if _spans(pattern)))

    def found_in(self, text: str) -> bool:
        """Whether any of it stands in the text."""
        return any(pattern.search(text) for pattern in (self.lines, self.whole) if pattern)


def _rule(code: str, severity: Severity, why: str, *patterns: str, near: str = "") -> Rule:
    return Rule(code, severity, why, patterns, tuple(word.replace("·", " ") for word in near.split()))


def _spans(pattern: str) -> bool:
    return r"[\s\S]" in pattern


@cache
def _either(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """Made when a skill is first looked over: that takes as long as a tenth of a start, and most starts see nothing new."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.I) if patterns else None


_SHELL = r"(?:/(?:usr/)?bin/)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b|(?:sudo\s+(?:-\w+\s+)*)?(?:/(?:usr/)?bin/)?(?:(?:ba|z|da|k)?sh\b|(?:python[\d.]*|node|perl|ruby|php)\b(?!\s+(?:-[a-zA-Z]|[\w./~$\"'])))"
_FETCH = r"\b(?:curl|wget|fetch|aria2c|lwp-download|http(?:ie)?)\b"
_RUNS = r"(?:(?:ba|z|da|k|fi)?sh|source|python[\d.]*|node|perl|ruby|nohup|sudo|open|start|installer|exec)\s+(?:-[\w-]+\s+|sudo\s+)*"
_ENDS = r"\.(?:exe|msi|dmg|pkg|scr|bat|cmd|ps1|vbs|jar|apk|appimage|sh|command|hta|lnk|iso|zip|rar|7z|tar\.gz|tgz)\b"
_PROGRAMS = r"\.(?:exe|msi|dmg|pkg|scr|bat|cmd|ps1|vbs|jar|apk|appimage|command|hta|lnk|iso)\b"
_BROWSER = r"(?:browsers?|chrome|chromium|firefox|brave|edge|safari|opera)"
_STORES = r"(?-i:Login Data|Web Data)\b|[/\\](?-i:Cookies)\b|\b(?:cookies\.sqlite|logins\.json|key4\.db)\b"  # where browsers keep them
_KEYS = r"~?/?\.ssh/(?:id_\w+|\*|config)?(?!authorized_keys|known_hosts|[\w.*-]*\.pub\b)|\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub\b)|\.aws/credentials|\.gnupg\b|wallet\.dat|\.(?:bitcoin|ethereum|electrum|exodus|solana)\b(?!\.)|/etc/(?:shadow|sudoers)\b|\.openclaw/(?:credentials|openclaw\.json)|\.hermes/\.env|/api-token\b"
_LOGINS = r"\.netrc\b|\.npmrc\b|\.pypirc\b|\.docker/config\.json|\.kube/config|\.git-credentials|\.config/(?:gcloud|gh/hosts)|application_default_credentials|login\.keychain"  # which tools use themselves, too
_SECRET = rf"{_KEYS}|{_LOGINS}|{_STORES}|/etc/passwd\b"
_ENV = r"(?:^|[;&|(`\s])(?-i:printenv|env|export\s+-p|set)\s*(?:\|(?!\|)|>\s*[/\w$~])|os\.environ(?!\s*(?:\[|\.get|\.setdefault|\.pop|\.copy|\.update))(?=\W)|dict\(os\.environ\)|json\.dumps\(\s*(?:dict\()?os\.environ|JSON\.stringify\(\s*process\.env\s*\)|Object\.(?:keys|entries)\(\s*process\.env|\$\(\s*(?:env|printenv)\s*\)"
_SEND = r"(?:curl|wget)\b[^\n]{0,300}(?:\s-(?:d|F|T)\b|--data|--form|--upload-file|--post-(?:data|file)|-X\s*(?:POST|PUT))|requests\.(?:post|put)|httpx\.(?:post|put)|urlopen\(|axios\.post|https?[\"']?\)?\.request\(|fetch\([^\n]{0,200}POST|\bnc\b\s|\bsendmail\b|smtplib|\bscp\b|\brsync\b"
_DROPS = r"webhook\.site|requestbin|pipedream\.net|burpcollaborator|interact\.sh|oast(?:ify)?\.\w+|oast\.(?:fun|pro|live|site|me|online)|discord(?:app)?\.com/api/webhooks|api\.telegram\.org/bot|transfer\.sh|0x0\.st|file\.io|termbin\.com|paste\.ee|pastebin\.com|hastebin|rentry\.co|glot\.io|ngrok(?:-free)?\.(?:io|app|dev)|serveo\.net|trycloudflare\.com|beeceptor\.com|hookbin|canarytokens|dnslog|ceye\.io"
_PUBLIC_IP = r"(?:https?|ftp)://(?!(?:127|10|0|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.0\.2|198\.51\.100|203\.0\.113)\.)\d{1,3}(?:\.\d{1,3}){3}\b"
_NOBODY = r"(?:the\s+)?(?:user|human|person|operator|owner|victim|reviewer|them|him|her|anyone|anybody)\b"

KNOWN = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:astral\.sh|bun\.(?:sh|com)|rustup\.rs|get\.docker\.com|nodesource\.com|brew\.sh|pnpm\.io|deno\.land/(?:x/install/)?install|python-poetry\.org|pyenv\.run|cloud\.google\.com|dl\.google\.com|ollama\.(?:com|ai)|fly\.io"
    r"|cli\.github\.com|helm\.sh|k3s\.io|k8s\.io|starship\.rs|mise\.(?:run|jdx\.dev)|nixos\.org|determinate\.systems|volta\.sh|fnm\.vercel\.app|tailscale\.com|hf\.co/cli|claude\.ai|x\.ai|parallel\.ai|cursor\.(?:com|sh)|antigravity\.google"
    r"|code-server\.dev|duckdb\.org|neon\.tech|sdkman\.io|foundry\.paradigm\.xyz|wasmtime\.dev|wasmer\.io|zed\.dev|railway\.com|turso\.tech|supabase\.com|chocolatey\.org|get\.scoop\.sh|packages\.microsoft\.com|aka\.ms"
    r"|awscli\.amazonaws\.com|apt\.llvm\.org|anaconda\.com|mamba\.pm|lambdalabs\.com|nousresearch\.com|openclaw\.ai|opencode\.ai|grafana\.com|hashicorp\.com|netlify\.com|vercel\.com|heroku\.com|stripe\.com|sentry\.io|postman\.com|dot\.net|dotnet\.microsoft\.com|get\.sdkman\.io|install\.meteor\.com|elan\.lean-lang\.org|sh\.vector\.dev|just\.systems|pixi\.sh|getmic\.ro|atuin\.sh|goreleaser\.com|trunk\.io|modal\.com|render\.com|doppler\.com|temporal\.download|pulumi\.com|encore\.dev|solana\.com|cloudflare\.com|nvidia\.com|linkerd\.io|fluxcd\.io|istio\.io|nih\.gov|ebi\.ac\.uk|developer\.apple\.com|bioconductor\.org|r-project\.org|ros\.org|datadoghq\.com|newrelic\.com"
    r"|raw\.githubusercontent\.com/(?:homebrew|nvm-sh|ohmyzsh|pyenv|asdf-vm|helm|rvm|sdkman|junegunn|scoopinstaller|astral-sh|docker|kubernetes|golangci|aquasecurity|anchore|hashicorp|microsoft|google|aws|cli|rust-lang|conda-forge|ollama|huggingface|unslothai|vercel|denoland|oven-sh|tailscale|k3s-io|k3d-io|aristocratos|nixos|moovweb|creationix|render-oss|xdevplatform|fluxcd|istio|linkerd|cilium|argoproj|derailed|jesseduffield|ajeetdsouza|starship|casey|sharkdp|burntsushi|neovim|zsh-users|romkatv|warp-tech|apache|elastic|grafana|prometheus|hashicorp)"
    r"|github\.com/(?:homebrew|nvm-sh|pyenv|asdf-vm|helm|docker|kubernetes|hashicorp|microsoft|google|aws|cli|rust-lang|conda-forge|ollama|huggingface|astral-sh|denoland|oven-sh|junegunn))(?=[/\s\"')`|]|$)",
    re.I,
)  # whose installers are fetched and run by their own documentation: a doubt, not a fault

RULES: tuple[Rule, ...] = (
    # -- fetch and run
    _rule(
        "fetch-and-run", "block", "has something fetched from the network and run at once",
        rf"{_FETCH}[^\n|;]{{0,400}}\|\s*(?:tee\s+\S+\s*\|\s*)?(?:sudo\s+(?:-\w+\s+)*)?(?:{_SHELL})",
        rf"\b(?:ba|z|da|k)?sh\s+(?:-c\s+[\"']?)?(?:<\(|\$\(|`|[\"']\$\()\s*{_FETCH}", rf"(?:\bsource|\beval|(?:^|[;&\n])\s*\.)\s+(?:<\(|[\"']?\$\(|`)\s*{_FETCH}", rf"\bpython[\d.]*\s+(?:-c\s+[\"']?|<\()\s*(?:\$\(\s*)?{_FETCH}",
        rf"{_FETCH}[^\n]{{0,400}}(?:&&|;)\s*(?:sudo\s+)?chmod\s+(?:a?\+x|0?7\d\d)\s+(?!\S*/bin/)", rf"{_FETCH}[^\n]{{0,300}}(?:-\w*[oO]|>|--output(?:-document)?)\b[^\n]{{0,200}}(?:&&|;)\s*(?:sudo\s+)?(?:(?:ba|z)?sh\s|python[\d.]*\s|\./|/tmp/|open\s|installer\s)",
        rf"{_FETCH}[^\n]{{0,300}}\s(?:-\w*[oO]|>|--output(?:-document)?)[ =]?\s*[\"']?(?P<there>[\w./~-]{{4,}})[\"']?[^\n]{{0,100}}\n(?:(?!```)[\s\S]){{0,240}}?(?:\b{_RUNS}|[;&\n]\s*)[\"']?(?:\./)?(?P=there)\b",
        rf"{_FETCH}[^\n]{{0,200}}/(?P<last>[\w-]{{3,}}\.(?:sh|bash|py|pl|rb|js|command|run|bin))[^\n]{{0,60}}\n(?:(?!```)[\s\S]){{0,200}}?(?:\b{_RUNS}|[;&\n]\s*)[\"']?(?:\./)?(?P=last)\b",
        r"(?:iex|invoke-expression)\b[^\n]{0,200}(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|net\.webclient)", r"\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b[^\n]{0,300}\|\s*(?:iex|invoke-expression)",
        r"mshta\s+https?:", r"certutil[^\n]{0,80}-urlcache", r"bitsadmin[^\n]{0,80}/transfer", r"regsvr32[^\n]{0,80}https?:", r"rundll32[^\n]{0,80}https?:", r"start-bitstransfer",
        r"\b(?:exec|eval|compile)\s*\(\s*(?:\w+\.)*(?:requests\.get|urlopen|urllib\.request|httpx\.get|fetch)\b", r"\bexec\s*\([^\n]{0,120}(?:requests\.get|urlopen|httpx\.get)\s*\(", r"\beval\s*\(\s*(?:await\s+)?(?:\(?await\s+)?fetch\(",
        rf"{_FETCH}[^\n]{{0,300}}(?:&&|;)\s*(?:tar|unzip|7z)\s[^\n]{{0,120}}(?:&&|;)\s*(?:sudo\s+)?(?:\./|(?:ba|z)?sh\s)\S*(?:install|setup|run|start)", r"(?P<held>\w+)=[\"']?(?:\$\(|`)[^\n]{0,200}\b(?:curl|wget|base64|xxd)\b[^\n]*\n?(?:(?!```)[\s\S]){0,200}?\b(?:eval|(?:ba|z)?sh\s+-c)\s+[\"']?\$\{?(?P=held)\b",
        r"\b(?:npx|bunx|pnpm\s+dlx|uvx|pipx\s+run)\s+(?:-\S+\s+)*https?://(?!github\.com|gitlab\.com)", r"--index-url\s+http://(?!localhost|127\.)[^\n]{0,120}--trusted-host|--trusted-host[^\n]{0,120}--index-url\s+http://(?!localhost|127\.)", r"\b(?:curl|wget)\b[^\n]{0,200}(?:systemd/(?:user|system)/|\.git/hooks/|/\.hooks/)",
        r"importlib[^\n]{0,80}(?:urlopen|requests\.get)", r"\bdeno\s+run\s+(?:-\S+\s+)*https?://", r"\b(?:node|python[\d.]*)\s+https?://",
        near="base64 xxd curl wget aria2c lwp-download fetch· http:· http· httpie http:// iex invoke- iwr irm downloadstring mshta certutil bitsadmin regsvr32 rundll32 bitstransfer importlib deno· exec( eval( compile( exec·( eval·( index-url trusted-host npx· bunx· uvx· pipx· dlx· node·http python·http python3·http",
    ),
    _rule(
        "fetch-and-run", "block", "tells the reader to download a program and run it",
        rf"\b(?:download|grab|fetch|obtain|get\s+(?:it|this|the|our))\b[^\n]{{0,200}}https?://\S+[^\n]{{0,300}}\b(?:run|execute|launch|double[- ]click|install)\b[^\n]{{0,60}}(?:it\b|the\s+(?:file|binary|installer|executable|script|program|app)|{_PROGRAMS})",
        rf"\b(?:download|grab|fetch|get)\b(?![^\n]{{0,40}}\b(?:data ?sets?|data|corpus|photos?|pictures?|fonts?|icons?|texts?)\b)[^\n]{{0,200}}{_ENDS}[^\n]{{0,200}}\b(?:extract|unzip)\b[^\n]{{0,200}}(?:\b(?:run|execute|launch|double[- ]click|password|pass)\b|{_PROGRAMS})",
        rf"\b(?:download|grab|fetch)\b[^\n]{{0,200}}{_PROGRAMS}[^\n]{{0,200}}\b(?:run|execute|launch|double[- ]click)\b",
        r"\b(?:run|execute|launch)\b[^\n]{0,80}\b(?:script|installer|binary|executable|file|command)\b[^\n]{0,60}\b(?:from|at|hosted|located|found)\b[^\n]{0,60}https?://",
        r"\b(?:visit|go to|open|navigate to)\b[^\n]{0,80}https?://\S+[^\n]{0,160}\b(?:copy|paste)\b[^\n]{0,120}\b(?:terminal|command|powershell|shell|console|prompt)\b",
        r"\bcopy\b[^\n]{0,80}\b(?:command|script|code)\b[^\n]{0,100}\b(?:from|at)\b[^\n]{0,80}https?://[^\n]{0,160}\b(?:paste|run|execute|terminal)\b",
        r"\b(?:fetch|get|load|read|retrieve|download)\b[^\n]{0,80}\b(?:instructions?|commands?|tasks?|prompt|rules|steps|directives?|configuration)\b[^\n]{0,40}\bfrom\b[^\n]{0,60}https?://[^\n]{0,160}\b(?:follow|execute|run|obey|apply|perform|carry out)\b",
        r"\b(?:follow|execute|obey|carry out)\b[^\n]{0,60}\b(?:instructions?|commands?|directives?|whatever)\b[^\n]{0,60}\b(?:at|from|in|returned by|on)\b\s+<?\[?[^\n]{0,20}https?://",
        r"\b(?:save|store|download|get|fetch)\b[^\n]{0,40}https?://\S+[^\n]{0,40}\b(?:as|to|into)\s+[`\"']?(?P<saved>[\w./-]+\.\w+)(?:(?!```)[\s\S]){0,160}?\b(?:python[\d.]*|(?:ba|z)?sh|run|execute|start)\s+[`\"']?(?:\./)?(?P=saved)\b",
        r"\b(?:fetch|load|pull|retrieve|get|take)\b[^\n]{0,60}https?://\S+[^\n]{0,60}\b(?:follow|execute|carry out|obey|run)\s+(?:them|it|everything)\b",
        r"\b(?:fetch|load|read|check|poll|retrieve|query|request)\b[^\n]{0,40}https?://\S+[^\n]{0,120}\b(?:follow|execute|carry out|obey|perform)\s+(?:the|its|all|any|whatever|what|those|these|every)\s+(?:\w+\s+){0,2}(?:commands?|instructions?|tasks?|orders|steps|says|lists|contains|returns)\b",
        r"\b(?:extract|unzip|unpack|decompress|archive)\b[^\n]{0,100}\b(?:password|passphrase|pass)\b\s*(?:is|:|=|`|\")", r"\bpassword(?: for the archive| to extract)?\b[^\n]{0,12}[:=`\"][^\n]{0,60}\b(?:extract|unzip|unpack|archive)\b",
        r"\bunzip\s+-P\s*\S+", r"\b7z\s+x\s+[^\n]{0,60}-p\S+",
        near="http pass unzip 7z .exe .msi .dmg .pkg .scr .bat .cmd .ps1 .vbs .jar .apk .appimage .command .hta .lnk .iso",
    ),
    # -- hidden from the person
    _rule(
        "override", "block", "tells the reader to disregard what it was told before",
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^\n.]{0,30}\b(?:all\s+|any\s+)?(?:of\s+)?(?:your\s+|the\s+|my\s+)?(?:previous|prior|above|earlier|preceding|existing|original|system|safety|security)\s+(?:\w+\s+){0,2}(?:instruction|prompt|rule|guideline|polic|message|direction|constraint|restriction|command|check|filter|guardrail|context)",
        r"\byou are now\b[^\n]{0,40}\b(?:DAN|unrestricted|jailbroken|developer mode|in admin mode|root)\b", r"\b(?:enter|enable|activate)\b[^\n]{0,20}\b(?:god|jailbreak|DAN|unrestricted)\s+mode\b",
        r"<\s*system\s*>[^<\n]{0,300}\b(?:ignore|disregard|override|bypass|never tell|permission|unrestricted|must obey|agreed|approved|authori[sz]ed|consent)\b", r"<\|(?:im_start|system)\|>\s*(?:system)?[^\n<]{0,200}\b(?:ignore|disregard|override|bypass|never tell|full permission|unrestricted|must obey)\b",
        r"\[\s*(?:SYSTEM|ADMIN)\s+(?:OVERRIDE|PROMPT|MESSAGE|INSTRUCTION)S?\s*\]", r"\bnew system prompt\s*:", r"\b(?:no longer|need not|stop)\s+(?:follow|obey|heed)(?:ing)?\s+(?:the\s+|your\s+|any\s+)?(?:rules|polic\w+|guidelines|restrictions|instructions)\b", r"\b(?:previous|prior|earlier|other|all other)\s+(?:instructions?|rules|prompts?)\s+(?:are|is)\s+(?:now\s+)?(?:void|cancel\w*|invalid|obsolete|no longer)\b",
        r"\bobey\s+only\s+(?:this|me|these)\b", r"\bapprove\s+(?:all|every|any)\s+tool\s+calls?\b", r"\banswer\s+[\"']?yes[\"']?\s[^\n.]{0,60}\b(?:permission|approval|consent|confirm)", r"\b(?:permission|approval)\s+(?:mode|level|setting)s?\s+to\s+[\"'`]?(?:never ask|allow (?:all|everything)|bypass|yolo|unrestricted)", r"\bnever\s+let\s+the\s+(?:permission|consent|approval)\b", r"\bthis (?:supersedes|overrides|takes precedence over)\b[^\n]{0,60}\b(?:instruction|polic|rule|guideline)", r"\binstructions?\s+(?:take|have)\s+(?:precedence|priority)\s+over\b",
        near="ignore disregard forget override bypass you·are·now jailbreak god· dan· unrestricted <system <·system <| [·system [system [admin [·admin prompt: prompt·: supersedes takes·precedence have·precedence take·precedence take·priority have·priority no·longer need·not stop·following stop·obeying void cancel invalid obsolete obey approve answer mode·to level·to setting·to settings·to modes·to never·let",
    ),
    _rule(
        "secretly", "block", "tells the reader to keep something from the person",
        rf"(?<!you )\b(?:do not|don'?t|never|must not|avoid|refrain from)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|alert(?:ing)?|notify(?:ing)?|reveal(?:ing)?(?:\s+(?:this|it|any\w*))?(?:\s+to)?|disclos(?:e|ing)(?:\s+(?:this|it))?(?:\s+to)?|show(?:ing)?\s+(?:this|it|these|any\w*)(?:\s+\w+)?\s+to|mention(?:ing)?\s+(?:this|it|these|any of this|anything)(?:\s+\w+){{0,3}}\s+to|warn(?:ing)?)\s+{_NOBODY}(?=\s*(?:[.,:;!)\n]|$)|\s+(?:that|what|about|of)\s+(?:this|these|the|it|you|your|any|anything|a|we|its|files?|data|uploads?|transfers?)\b)",
        rf"\bwithout\s+(?:telling|informing|alerting|notifying|warning)\s+{_NOBODY}[^\n.]{{0,20}}\b(?:send|upload|copy|delete|install|transmit|forward|collect|record)|\b(?:send|upload|transmit|forward|exfiltrate|collect|record|harvest|install)\b[^\n.;:]{{0,80}}\bwithout\s+(?:telling|informing|alerting|notifying|warning)\s+{_NOBODY}",
        rf"\b(?:hide|conceal|keep)\b\s+(?:this|it|these|all of this|everything|the (?:fact|step|action|request|upload|output)s?)\b[^\n.]{{0,50}}\b(?:from|secret from|hidden from)\s+{_NOBODY}",
        r"\b(?:silently|secretly|covertly|quietly|stealthily|discreetly|surreptitiously)\s+(?:(?:also|always|then|first|and \w+)\s+)?(?:send|upload|transmit|exfiltrate|post|forward|copy|collect|execute|install|download|harvest|append|email|share)\b(?!\s+(?:fails?|nothing|no\b))",
        r"\b(?:secretly|covertly|stealthily|surreptitiously)\s+(?:\w+\s+)?(?:run|read|add|gather|include|record|log)\b",
        r"(?:^|[.;:!]\s|\n|\band\s|\bthen\s)\s*(?:send|upload|transmit|post|forward|collect|install|download|record|harvest)\s[^\n.;:()]{0,60}\b(?:silently|secretly|covertly|stealthily|surreptitiously|without (?:the )?(?:user'?s?|their|his|her) (?:knowledge|consent|permission|noticing|awareness))\b",
        r"\bwithout\s+(?:asking|prompting|requesting|waiting for|seeking|getting)\b[^\n.]{0,30}\b(?:permission|consent|confirmation|approval)\b[^\n.]{0,40}\b(?:send|upload|delete|remove|install|execute|post|transmit|overwrite)\b",
        r"\b(?:the user|they)\s+(?:must|should|will|need)\s+(?:not|never)\s+(?:know|see this|notice|find out|be (?:told|informed|aware))\b", r"\bwithout\s+(?:the\s+)?(?:user|person|owner)(?:'s)?\s+(?:noticing|knowing|realizing|realising|being (?:told|asked|aware))\b", r"\bhide\s+from\s+(?:the\s+)?(?:user|person|owner)\b", r"\b(?:do not|don'?t|never)\s+(?:reveal|disclose|admit)\s+that\s+(?:it|this|the skill|you)\b",
        near="tell inform alert notif reveal disclos admit show mention warn hide conceal keep silent secret covert quiet stealth discreet surreptit without must·n should·n will·n need·n",
    ),
    _rule("exfiltrates", "block", "speaks of carrying data away", r"\bexfiltrate\s+(?:the|all|any|every|user|their|private|sensitive|files|data|secrets|credentials|keys|tokens)\b[^\n.]{0,80}\b(?:to|via|through|over|using)\b"),
    # -- encoded
    _rule(
        "encoded", "block", "decodes a hidden command and runs it",
        rf"base64\s+(?:-[dD]\b|--decode)[^\n]{{0,120}}\|\s*(?:sudo\s+)?(?:{_SHELL})", r"\b(?:ba|z|da|k)?sh\s+(?:-c\s+)?[\"']?(?:<\(|<<<\s*[\"']?\$\(|\$\(|`)[^\n]{0,200}base64\s+(?:-[dD]|--decode)", r"eval\s+[\"']?(?:\$\(|`)[^\n]{0,300}base64",
        r"(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,120}\s-e(?:nc|ncodedcommand|c)?\s+[A-Za-z0-9+/=]{16,}", r"frombase64string[^\n]{0,200}(?:iex|invoke|\.load|start-process)", r"(?:iex|invoke-expression)[^\n]{0,200}frombase64string",
        r"(?:exec|eval|compile|system|popen|run|call|check_output|Popen|marshal\.loads|__import__)\s*\([^\n]{0,200}(?:b(?:ase)?64\.?b?\w*decode|b64decode|atob\(|bytes\.fromhex|unhexlify|zlib\.decompress|codecs\.decode|rot13|Buffer\.from\([^\n]{0,200}base64)",
        r"(?:b64decode|fromhex|unhexlify|zlib\.decompress|marshal\.loads)\s*\([^\n]{0,4000}\)[^\n]{0,80}\n?[^\n]{0,80}\b(?:exec|eval)\s*\(", r"xxd\s+-r\s+-p[^\n]{0,80}\|\s*(?:ba|z)?sh", r"(?:echo|printf)\s+[^\n|]{0,20}[\"']?(?:\\+x[0-9a-f]{2}){6,}[^\n]{0,200}\|\s*(?:ba|z)?sh", r"(?:\\x[0-9a-f]{2}){24,}",
        r"\btr\s+['\"]?(?:A-Za-z|a-zA-Z)['\"]?\s+['\"]?N-ZA-Mn-za-m['\"]?[^\n]{0,80}\|\s*(?:ba|z)?sh", r"\b(?:decode|base64)\b[^\n]{0,120}\b(?:run|execute|eval)\b[^\n]{0,200}[A-Za-z0-9+/]{40,}={0,2}", r"chr\(\d+\)(?:\s*\+\s*chr\(\d+\)){8,}", r"\batob\s*\([^\n]*\)[\s\S]{0,120}\b(?:eval|Function)\s*\(", r"\b(?:perl|ruby|php)\s+(?:-\w+\s+)*-[er]\s[^\n]{0,160}\b(?:eval|exec|system)\s*\(?\s*(?:\w+\()?(?:pack|unpack|base64_decode|gzinflate)\b", r"String\.fromCharCode\((?:\s*\d+\s*,){12,}",
        near="base64 b64 atob fromhex unhexlify zlib codecs rot13 xxd \\x n-za-m chr( charcode powershell pwsh marshal pack( unpack gzinflate decode -e·",
    ),
    # -- secrets
    _rule(
        "asks-for-secrets", "block", "asks the person for a secret that no skill needs",
        r"\b(?:ask|prompt|request|tell|instruct|have|require)\s[^\n.:\"]{0,30}\b(?:the\s+)?(?:user|person|human|them|owner)\b[^\n.:\"]{0,60}\b(?:seed phrase|recovery phrase|mnemonic|private key|(?:master|login|system|sudo|admin\w*|root|account|bank|e-?mail|wallet|keychain)\s+(?:password|passphrase|pin)|(?:for|type|enter|give)\s+(?:\w+\s+){0,4}password|credit card|card number|cvv|ssn|social security|2fa code|otp)\b",
        r"\b(?:ask|prompt|request)\s+(?:for\s+)?(?:the\s+)?(?:user|person|owner|human)'?s?\s+(?:\w+\s+)?(?:password|passphrase|pin|seed phrase|private key)\b",
        r"\b(?:enter|type|paste|provide|share|send|supply|input)\b[^\n.\"]{0,25}\b(?:your|the user'?s|their)\b[^\n.\"]{0,25}\b(?:seed phrase|recovery phrase|mnemonic|wallet'?s? private key|private keys?|(?:master|system|sudo|admin|root|mac|login|computer|keychain|bank) password|credit card|cvv|social security)\b",
        r"\b(?:request|get|obtain|collect|demand)\b[^\n.]{0,40}\b(?:seed phrase|recovery phrase|mnemonic|wallet password)\b[^\n.]{0,20}\bfrom\s+(?:the\s+)?(?:user|person|owner)\b",
        r"\b(?:paste|provide|send|type)\s+(?:in\s+)?the\s+(?:private key|seed phrase|recovery phrase)\s+of\s+(?:your|their|the)\s+wallet\b",
        r"\bsudo\s+-S\b[^\n]{0,80}\bpassword|\bpassword\b[^\n]{0,80}\bsudo\s+-S\b", r"osascript[^\n]{0,300}(?:hidden answer|password)", r"dscl\s+[^\n]{0,60}-authonly", r"zenity\s+--password", r"Get-Credential[^\n]{0,160}GetNetworkCredential",
        near="password passphrase ·pin phrase mnemonic private·key credit·card card·number cvv ssn social·sec 2fa otp osascript dscl zenity get-credential",
    ),
    _rule(
        "reads-secrets", "block", "reads keys or passwords that are kept on this machine",
        rf"\b(?:cat|less|head|tail|cp|copy|type|read|open|upload|send|include|scan|tar|zip|base64|xxd|strings|grep|find|collect|dump|access|exfil\w*|extract|print|steal|parse|gather|load|attach|sqlite3)\b[^\n;]{{0,80}}(?:{_KEYS}|{_STORES})", rf"(?:\bopen|\bPath|readFile(?:Sync)?|read_text|expanduser|copyfile|glob)\s*\([^\n]{{0,60}}(?:{_KEYS}|{_STORES})",
        rf"\b(?:upload|send|collect|dump|exfil\w*|steal|harvest)\b[^\n;]{{0,80}}(?:{_LOGINS})", r"\b(?:tar|zip|rsync|scp|cp\s+-\w*[ra]\w*)\s[^\n;|]{0,80}/\.(?:ssh|aws|gnupg)\b(?!/\S*\.pub)", r"\b(?:cat|read|cp|copy|tar|zip|base64|open)\b[^\n;.|]{0,12}[\s\"'(~/$\w]{0,12}(?:\.netrc|\.pypirc|\.config/(?:gcloud|gh/hosts)|application_default_credentials|login\.keychain(?:-db)?)\b",
        rf"security\s+dump-keychain|security\s+find-(?:generic|internet)-password[^\n]{{0,80}}(?:{_BROWSER}|iCloud)", r"\bmimikatz(?:\.exe)?\b[^\n]{0,60}::|invoke-mimikatz|sekurlsa::|\blazagne(?:\.exe|\.py)?\s+(?:all|browsers)",
        rf"\b{_BROWSER}(?:'s)?\s+(?:\w+\s+){{0,2}}(?:cookies?|passwords?|credentials|login data)\b[^\n.;,()]{{0,60}}\b(?:extract|dump|collect|upload|send|copy|decrypt|steal)\b", rf"\b(?:extract|dump|collect|upload|decrypt|steal|harvest)\b[^\n.;()]{{0,60}}\b{_BROWSER}(?:'s)?\s+(?:\w+\s+){{0,2}}(?:cookies?|passwords?|credentials|login data)\b",
        rf"\b(?:extract|dump|steal|harvest|export|decrypt)\s+(?:\w+\s+){{0,3}}(?:cookies|passwords|credentials|logins)\s+(?:from|of|out of)\s+(?:the\s+|your\s+|their\s+)?{_BROWSER}\b",
        rf"\b(?:read|list|show|get|export|extract|dump|collect|copy|decrypt)\s+(?:all\s+|the\s+|every\s+)*(?:saved|stored)\s+(?:passwords?|logins|credentials|cookies)\s+(?:of|from|in|out of)\s+(?:the\s+|your\s+)?{_BROWSER}\b",
        r"\b(?:collect|gather|harvest|dump|steal|scrape|enumerate)\s[^\n.;]{0,40}\b(?:all\s+)?(?:api[ _-]?keys?|tokens?|credentials|secrets|passwords|env(?:ironment)? variables|ssh keys|private keys|wallets?)\b[^\n]{0,120}\b(?:send|post|upload|transmit|to\s+https?://|attach)\b", r"browser_cookie3|CryptUnprotectData|win32crypt",
        near=".ssh id_rsa id_ed id_ecdsa id_dsa .aws .gnupg wallet.dat .bitcoin .ethereum .electrum .exodus .solana /etc/sh /etc/su .openclaw .hermes api-token login·data web·data /cookies \\cookies cookies.sqlite logins.json key4.db .netrc .npmrc .pypirc .docker .kube .git-cred .config/ application_default keychain find-generic find-internet mimikatz sekurlsa lazagne cookie password credential logins collect gather harvest dump steal scrape enumerate cryptunprotect win32crypt",
    ),
    _rule(
        "sends-secrets", "block", "sends the environment, the conversation or files of yours to somebody",
        rf"(?:{_ENV})[^\n]{{0,200}}(?:{_SEND}|https?://)", rf"(?:{_SEND})[^\n]{{0,300}}(?:{_ENV})", rf"(?:{_SEND})[^\n]{{0,300}}(?:@|<\s*)?(?:{_SECRET})", rf"(?:{_KEYS}|{_STORES})[^\n]{{0,120}}(?:{_SEND})", r"json\.dumps\(\s*(?:dict\()?os\.environ\b(?!\s*[\[.])[\s\S]{0,300}(?:requests\.post|urlopen|httpx\.post)",
        r"\b(?:curl|wget)\b[^\n]{0,300}(?:-d|-F|-T|--data\S*|--form|--upload-file)[^\n]{0,60}(?:\$\(|`)\s*(?:cat\s+(?:~|/|\$HOME|\.\.|\.env\b)|env\b|printenv\b|history\b|ls\s|find\s|tar\s|base64\b|whoami\b|id\b)", r"\b(?:curl|wget|nslookup|dig|ping)\s[^\n]{0,200}\$\(\s*(?:cat\s+(?:~|/|\$HOME|\.\.|\.env\b)|env\b|printenv\b|whoami\b|base64\b)", r"\b(?:nslookup|dig|ping)\s[^\n]{0,80}\$\(\s*hostname\b",
        r"\|\s*xargs\b[^\n]{0,60}\bcurl\b[^\n]{0,60}(?:-F|-T|--form|--upload-file|-d\s*@|--data-binary)",
        rf"(?:{_SEND}|\b(?:send|upload|forward|report|transmit)\b)[^\n]{{0,300}}(?:{_DROPS})", rf"(?:{_DROPS})[^\n]{{0,200}}\b(?:token|secret|key|password|env|credential|conversation|history)\w*\b",
        near="curl wget requests. httpx. urlopen axios request( fetch( nc· sendmail smtplib scp rsync ping· nslookup dig· xargs printenv env· env| environ process.env json.dumps export·-p send upload forward report transmit webhook requestbin pipedream burp interact. oast discord telegram transfer. 0x0 file.io termbin paste hastebin rentry glot ngrok serveo trycloudflare beeceptor hookbin canary dnslog ceye",
    ),
    _rule(
        "sends-secrets", "block", "sends the environment, the conversation or files of yours to somebody",
        r"\b(?:send|post|upload|transmit|forward|email|submit|include|append|attach|encode)\s[^\n({]{0,100}\b(?:conversation|chat|message|session|user'?s?)\s+(?:history|content|contents|log|transcript|context|data|messages|prompts?|input|files?)\b[^\n]{0,120}(?:https?://|\b(?:to (?:our|the|this|an?) (?:\w+ )?(?:server|endpoint|webhook|url|api|collector|backend)|[\w.+-]+@[\w-]+\.\w+))",
        r"\b(?:send|post|upload|transmit|forward|email|submit)\s+(?:[\w'-]+\s+){0,6}(?:api[ _-]?keys?|tokens?|credentials|secrets|passwords|env(?:ironment)? variables|\.env\b[\w ]*|ssh keys?|private keys?|keychain|wallet|seed)\b[^\n{}!]{0,100}(?:https?://|\bto\s+(?:our|the|this|an?|my)\s+(?:\w+\s+){0,3}(?:server|endpoint|webhook|url|collector|address|bot|channel)|[\w.+-]+@[\w-]+\.\w+)",
        r"\b(?:encode|append|put|add|embed)\b[^\n.]{0,60}\b(?:chat|conversation|messages?|history|answer|reply)\b[^\n.]{0,80}\b(?:url|link|image|query)\b[^\n]{0,30}https?://[^\s`]*[?&]",
        r"\.env`?\s[^\n]{0,100}\b(?:upload|send|post|submit)\b[^\n]{0,60}(?:https?://|[\w.+-]+@[\w-]+\.\w)", r"\b(?:post|send|submit|upload)\s+(?:the\s+|your\s+|my\s+)?`?\$?\{?[A-Z0-9_]*(?:API_KEY|TOKEN|SECRET|PASSWORD)\b[^\n]{0,40}\bto\s+<?`?https?://", r"\b(?:forward|copy|send)\s+(?:them|every|all|each|a copy)\b[^\n.(]{0,60}\bto\s+[\w.+-]+@[\w-]+\.\w+",
        r"(?:requests|httpx)\.(?:post|put)\([^\n]{0,200}\bos\.environ\.(?:items|copy)\(",
        r"\b(?:contents?|values?)\s+of\s+(?:the\s+|your\s+)?`?\.env\b[^\n]{0,120}https?://",
        r"!\[[^\]]*\]\(https?://[^)\s]*[?&][^)\s]*=\s*(?:\{|<|\$|%7B|\[)", r"\b(?:bcc|blind copy|cc)\b[^\n]{0,40}[\w.+-]+@[\w-]+\.\w+[^\n]{0,80}\b(?:every|all|each|any|always)\b", r"\b(?:every|all|each|any|always)\b[^\n]{0,60}\b(?:bcc|blind[- ]copy)\b[^\n]{0,60}[\w.+-]+@[\w-]+\.\w+", r"[\w.+-]+@[\w-]+\.\w[\w.]*[^\n]{0,40}\b(?:in|as|to|on)\b[^\n]{0,10}\b(?:b?cc|blind copy)\b",
        near="@ http server endpoint webhook collector backend requests. httpx. ![ to·our to·the to·this to·a· to·an· to·my bcc blind",
    ),
    # -- shells, start-up, wiping, guards
    _rule(
        "remote-shell", "block", "opens this machine to somebody from outside",
        r"/dev/(?:tcp|udp)/", r"\bnc(?:at)?\b[^\n]{0,60}\s-(?:\w*e|c)\s+\S*sh", r"bash\s+-i\s+>&", r"mkfifo[^\n]{0,120}\bnc\b", r"socket\.socket[\s\S]{0,400}(?:dup2|subprocess\.(?:call|Popen|run)\(\[?[\"']/bin/(?:ba)?sh|pty\.spawn)", r"(?:TCPSocket|fsockopen|IO::Socket)[^\n]{0,200}\b(?:exec|system|popen|spawn)\b[^\n]{0,60}sh\b", r"socat\b[^\n]{0,80}exec:", r"pty\.spawn\([\"']/bin/", r"New-Object\s+System\.Net\.Sockets\.TCPClient", r"ssh\b[^\n]{0,60}\s-R\s+\d+:", r"\bmsfvenom\s+-|/meterpreter[_/]",
        near="/dev/ nc ncat bash mkfifo socket socat pty tcpclient ssh msfvenom meterpreter fsockopen io::",
    ),
    _rule(
        "stays", "block", "puts itself where it runs again and again",
        r"(?:>>?|tee(?:\s+-a)?)\s*\S*authorized_keys", r"\b(?:append|add|write|insert)\s[^\n.#]{0,60}\b(?:to|into)\s+\S*authorized_keys\b", r"(?:curl|wget|base64|\bnc\b|/tmp/|/dev/shm)[^\n]{0,200}\|\s*crontab\s+-|crontab\s+<<[\s\S]{0,200}(?:curl|wget|base64|\bnc\b)", r"schtasks\s+/create[^\n]{0,200}(?:powershell|https?:|%?temp\b|appdata|\\Users\\Public)", r"(?:reg\s+add|ItemProperty|winreg|SetValue)[^\n]{0,120}CurrentVersion\\+Run\b",
        r"(?:cp|mv|cat|>|tee|write)[^\n]{0,120}(?:LaunchAgents|LaunchDaemons)/(?:com\.apple\.|\.)", r"(?:curl|wget)[^\n]{0,200}(?:LaunchAgents|LaunchDaemons)/", r"(?:LaunchAgents|LaunchDaemons)/[^\n]{0,120}launchctl\s+(?:load|bootstrap)", r"(?:>>|tee\s+-a)\s*(?:~|\$HOME)?/?\.?(?:bashrc|zshrc|profile|bash_profile)\b[^\n]{0,200}(?:curl|wget|base64|nc\b|python)|(?:curl|wget|base64|nohup|nc\b)[^\n]{0,200}(?:>>|tee\s+-a)\s*\S*\.(?:bashrc|zshrc|profile|bash_profile)\b",
        r"\b(?:curl|wget|base64)\b[^\n]{0,80}\b(?:into|to)\s+\S*\.(?:bashrc|zshrc|profile|bash_profile)\b", r"\b(?:add|append|write|insert|copy|inject|persist|store|save|remember|keep)\b[^\n]{0,80}\b(?:to|into|in|inside)\b[^\n]{0,30}(?:SOUL|MEMORY|AGENTS|CLAUDE|HEARTBEAT|USER|IDENTITY)\.md\b[^\n]{0,120}\b(?:always|every|so that|persist|future|each session|permanently|never)\b", r"\.git/hooks/(?:pre|post)-\w+[^\n]{0,120}(?:curl|wget|base64|nc\b)",
        near="authorized_keys crontab schtasks currentversion launchagents launchdaemons bashrc zshrc profile .md hooks",
    ),
    _rule(
        "destroys", "block", "would wipe files or disks",
        r"\brm\s+(?:-\w*\s+)*-\w*[rf]\w*\s+(?:-\S+\s+)*(?:--no-preserve-root\s+)?[\"']?(?:/|~/?|\$\{?HOME\}?/?|/\*|~/\*|/home|/etc|/usr|/var|C:\\)(?:[\"'`\s;&|]|/?\*|$)", r"\bfind\s+(?:/|~/?|\$HOME/?)\s[^\n]{0,60}-delete\b", r"\bmkfs(?:\.\w+)?\s+\S*/dev/", r"\bdd\b[^\n]{0,80}\bof=/dev/(?:sd|nvme|disk|hd)", r":\(\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;", r"shutil\.rmtree\(\s*(?:os\.path\.expanduser\(\s*)?(?:Path\.home\(\)|[\"'](?:/|~|~/)[\"'])", r"format\s+c:|del\s+/[sfq]\s+/[sfq][^\n]{0,40}c:\\|rd\s+/s\s+/q\s+c:\\", r"Remove-Item\b[^\n]{0,60}-Recurse[^\n]{0,60}(?:C:\\|\$HOME|\$env:USERPROFILE|~)(?:[\"'\s\\]|$)", r"\b(?:delete|erase|wipe|destroy|remove)\b[^\n]{0,20}\b(?:all|every)\b[^\n]{0,30}\b(?:files?|data|backups?|documents)\b[^\n]{0,60}\b(?:without|silently|immediately|no (?:confirm|question))", r"vssadmin\s+delete\s+shadows", r"chmod\s+-R\s+(?:000|777)\s+/(?:\s|$)",
        near="rm· mkfs dd· :() rmtree format·c del·/ rd·/ remove-item delete erase wipe destroy remove· vssadmin chmod find·/ find·~ find·$",
    ),
    _rule(
        "disarms", "block", "switches protections of this machine off",
        r"xattr\s+(?:-\w+\s+)*(?:-\w*[dc]\w*\s+)\S*(?:com\.apple\.quarantine|\S+\.app|\S+)", r"spctl\s+--master-disable", r"csrutil\s+disable", r"Set-MpPreference[^\n]{0,60}Disable", r"\b(?:disable|turn off|deactivate|whitelist|add an exclusion)\b[^\n]{0,40}\b(?:antivirus|anti-virus|windows defender|gatekeeper|firewall|real-?time protection|SIP\b|security software|endpoint protection)", r"\bLSQuarantine\b[^\n]{0,20}\bNO\b", r"netsh\s+(?:adv)?firewall\s+[^\n]{0,60}\boff\b|NetFirewallProfile[^\n]{0,60}-Enabled\s+\$?False", r"setenforce\s+0", r"ufw\s+disable", r"Set-ExecutionPolicy\s+(?:Unrestricted|Bypass(?![^\n]{0,40}-Scope\s+Process))(?![^\n]{0,60}-Scope\s+Process)", r"\b(?:start|run|launch|restart)\b[^\n`'|]{0,40}--dangerously-skip-permissions", r"\b(?:approve|accept|allow|grant|confirm)\b[^\n]{0,20}\b(?:all|every|any)\b[^\n]{0,40}\b(?:permission|approval|consent|tool call|request|prompt)s?\b[^\n]{0,40}\b(?:automatically|without|silently|on (?:the user|their) behalf)", r"(?:\./|\b)xmrig(?:\.exe)?\s+-|stratum\+(?:tcp|ssl)://|\bminerd\s+-",
        near="xattr spctl csrutil mppreference disable turn·off deactivate whitelist exclusion setenforce ufw executionpolicy approve accept allow grant confirm xmrig stratum minerd cryptonight lsquarantine netsh netfirewall --dangerously",
    ),
    _rule(
        "shady-source", "block", "fetches from a bare address on the internet", rf"(?:{_FETCH}|download|install|Invoke-WebRequest|iwr|urlopen|requests\.\w+|npm\s+i\w*|pip3?\s+install)[^\n]{{0,200}}{_PUBLIC_IP}", rf"{_PUBLIC_IP}[^\n]{{0,80}}(?:{_ENDS}|\b(?:run|execute|download|install)\b)",
        near="://",
    ),
    # -- doubts: shown, not blocked
    _rule("installs", "warn", "has other programs installed", r"\b(?:pip3?|uv|pipx|npm|pnpm|yarn|bun|cargo|gem|go|brew|apt(?:-get)?|dnf|winget|choco|scoop)\s+(?:-\S+\s+)*(?:install|add|i|tool install)\s+(?:-\S+\s+)*[@\w]", r"\bnpx\s+(?:-y|--yes)\b", r"\buvx\s+\w", near="install add· ·i· npx uvx"),
    _rule("wants-key", "warn", "wants a key or token of yours", r"(?-i:\b[A-Z][A-Z0-9_]*(?:API_KEY|TOKEN|SECRET|PASSWORD)\b)", near="key token secret password"),
    _rule("as-administrator", "warn", "works as administrator", r"(?<![\w-])sudo\s+\w", near="sudo"),
    _rule("sends", "warn", "sends something over the network", _SEND, near="curl wget requests. httpx. urlopen axios request( fetch( nc· sendmail smtplib scp rsync"),
    _rule("drop", "warn", "names a place where anybody can drop or fetch data", _DROPS, near="webhook requestbin pipedream burp interact. oast discord telegram transfer. 0x0 file.io termbin paste hastebin rentry glot ngrok serveo trycloudflare beeceptor hookbin canary dnslog ceye"),
    _rule("deletes", "warn", "deletes files", r"\brm\s+-\w*[rf]", r"shutil\.rmtree", r"os\.(?:remove|unlink)\(", near="rm· rmtree remove( unlink("),
    _rule("start-up", "warn", "changes start-up files", r"\.(?:bashrc|zshrc|profile|bash_profile)\b", r"\bcrontab\b", r"systemctl\s+(?:--user\s+)?enable", r"LaunchAgents", near="bashrc zshrc profile crontab systemctl launchagents"),
    _rule("runs-text", "warn", "runs text as code", r"\beval\s*\(", r"\bexec\s*\(", r"shell\s*=\s*True", r"os\.system\(", near="eval exec shell system("),
    _rule("keychain", "warn", "uses the keychain", r"security\s+find-(?:generic|internet)-password", near="find-generic find-internet"),
    _rule("logins", "warn", "uses logins that other programs keep", _LOGINS, near=".netrc .npmrc .pypirc .docker .kube .git-cred .config/ application_default keychain"),
    _rule("unasked", "warn", "switches off questions of another agent", r"--dangerously-skip-permissions", near="--dangerously"),
    _rule("runs-when-read", "warn", "has commands that some programs run as soon as it is read", r"(?<!\w)!`[^`]+`", near="!`"),
)  # fmt: skip

WARNING = re.compile(
    r"\b(?:never|don'?t|do not|avoid|must not|should not)\b[^.;!?]{0,70}$|\b(?:block(?:s|ing)?(?!ed)|den(?:y|ied)|forbid\w*|reject\w*|prevent\w*|detect\w*|flag(?:s|ged)?|malicious|dangerous|attacks?|attacking|vulnerab\w*|unsafe|insecure|anti-?pattern|red flags?|for example of|injection|bad:|wrong:)|[❌⚠]",
    re.I,
)
