"""``python -m app`` is ``deskhand``; the command itself runs this file without Python's ``site``, which is loaded here once Ctrl+C is seen to."""

import _signal  # what ``signal`` is made of: that one takes longer to be read than a hand to press Ctrl+C
import sys

_signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # nothing is begun yet: the process ends without a word
if sys.flags.no_site:
    import site

    site.main()

from app.cli import program  # noqa: E402

sys.exit(program())
