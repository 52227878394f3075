"""The paths that are not in the archive yet, as JSON."""

import json
from pathlib import PurePosixPath

into = PurePosixPath(data["into"])
print(json.dumps([path for path in data["paths"] if into not in PurePosixPath(path).parents], ensure_ascii=False), end="")
