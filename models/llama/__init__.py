"""llama.cpp in a process of its own: ``worker`` is the child, ``process`` the parent's side, ``chat`` the ChatModel on top."""
