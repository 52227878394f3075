# Included into llama.cpp's own project(): of its parts only the library is wanted, not the tools' common code.
set(LLAMA_BUILD_COMMON OFF)
