"""Words of the grammar: verbs by what they do, politeness, kinds of files. Regular-expression fragments, case ignored."""

ARTICLE = r"(?:(?:the|a|an|my|our|this|that|your|their) )?"
MAKE = r"(?:create|make|add|set up|start|build|generate|produce|prepare|write|give me|new|i (?:need|want|would like)|i'd like|draft|put together|let's have|there should be|there must be)"
APPEND = r"(?:append|add|tack(?: on)?|insert|attach)"
MOVE = r"(?:move|put|bring|relocate|transfer|shift|drag|chuck|stick|file|place|throw|send)"
COPY = r"(?:copy|duplicate|clone|back up|backup|cp)"
DELETE = r"(?:delete|remove|erase|trash|get rid of|throw (?:away|out)|bin|discard|wipe|rm|get shot of|clear out|ditch|dump|scrap)"
ARCHIVE = r"(?:zip|compress|pack|archive|tar)"
EXTRACT = r"(?:unzip|extract|unpack|decompress|untar|uncompress)"
SHOW = r"(?:show|read|open|display|print|view|cat|see|look at|give|get|output|tell|check|let me see|pull up)"
FIND = r"(?:find|search(?: for)?|look for|locate|list|show|get|hunt for|track down|tell me|give me)"
WITH = r"(?:with(?: the)?(?: (?:text|content|contents|words|line|lines|sentence|following|following text))?|contain(?:s|ing)|that (?:says|contains|reads|has|holds|lists|includes)|which (?:says|contains|reads|has|lists)|saying|reading|listing|holding|including|says|to say|and (?:write|put|add|fill it with|list)(?: in it)?|that list|lists)"
GENERATIVE = r"^(?:a|an|some|the) (?:(?:short|long|nice|funny|good|brief|simple|little|random|quick|detailed) )*(?:poem|story|summary|essay|letter|table|joke|recipe|description|explanation|outline|script|program|function|haiku|song|speech|review|translation|greeting card|birthday message)\b"
LISTING = r"\b(?:listing|lists?|with (?:a list of|the lines|these lines|the items|the following(?: items| lines)?)|the items|one per line)\b"
COMMANDS = (
    r"create|make|add|set up|write|append|move|put|rename|copy|duplicate|back up|backup|delete|remove|erase|trash|get rid of|throw away|bin|discard|zip|compress|pack|archive|unzip|extract|"
    r"unpack|show|read|open|display|print|list|find|search|look for|locate|replace|change|swap|substitute|sort|organi[sz]e|tidy|group|merge|combine|join|count|tell me|save|store|"
    r"insert|bring|run|touch|mkdir|relocate|transfer|in \S+\.\w+,? (?:replace|change)|how many|how big|what(?:'s| is)|which|give me|empty|clean up|is there|note"
)
POLITE_START = (
    r"^(?:(?:hi|hello|hey|ok|okay|so|well|um|right|alright|deskhand|computer|assistant|now|first|firstly|next|then|and|finally|also|just|quickly|please|pls|kindly)[,:!.]*\s+|"
    r"(?:can|could|would|will) (?:you|u)(?: please| kindly| maybe| possibly| just)?(?: help me)?\s+(?:to )?|i(?:'d| would) (?:like|love) (?:you )?to\s+|i (?:want|need) (?:you )?to\s+|would you mind\s+|"
    r"go ahead and\s+|help me (?:to )?|(?:i'd|i would) appreciate it if you (?:would |could )?|let's\s+|let us\s+|be so kind (?:and|to)\s+|it would be (?:great|nice) if you (?:could )?)"
)
POLITE_END = r"(?:[,;]?\s+(?:(?:i|we) (?:don't|do not|dont|no longer) need (?:it|them|that|those)(?: any ?more| any longer)?|please|pls|thanks|thank you|thx|cheers|for me|if you can|if possible|right now|when you can|ok|okay|will you|would you|could you|a lot|very much|asap)[.!?]*)$"
EXTENSIONS = {
    "pdf": "pdf", "pdfs": "pdf", "text": "txt", "txt": "txt", "txts": "txt", "log": "log", "logs": "log", "csv": "csv", "csvs": "csv", "json": "json", "jpg": "jpg", "jpgs": "jpg", "jpeg": "jpeg",
    "jpegs": "jpeg", "png": "png", "pngs": "png", "gif": "gif", "mp3": "mp3", "mp3s": "mp3", "mp4": "mp4", "markdown": "md", "md": "md", "python": "py", "py": "py", "zip": "zip", "zips": "zip", "html": "html",
    "xml": "xml", "docx": "docx", "doc": "doc", "xlsx": "xlsx", "tmp": "tmp", "bak": "bak", "yaml": "yaml", "toml": "toml", "ini": "ini", "svg": "svg", "tex": "tex", "wav": "wav",
}  # fmt: skip
LONG_WORDS = ("create", "folder", "called", "rename", "delete", "remove", "directory", "containing", "append", "replace", "compress", "extract")
REAL_WORDS = {
    "caller",
    "calls",
    "called",
    "holder",
    "bolder",
    "colder",
    "older",
    "solder",
    "fodder",
    "create",
    "creates",
    "crate",
    "folders",
    "renames",
    "removes",
    "deletes",
    "remover",
    "replaced",
    "extracts",
    "appends",
    "relate",
    "remote",
    "calle",
    "elder",
    "folded",
    "galled",
    "walled",
    "fouler",
    "place",
    "replay",
}
