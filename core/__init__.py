"""The orchestration core: values, ports, the turn, planning, execution, the gate, journal, policy, settings, storage.

Imports none of the other packages; what it needs from them stands in ``core.ports``.
"""

__version__ = "0.1.0"
