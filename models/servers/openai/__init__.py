"""Servers that speak the OpenAI chat API: the hosted ones, Ollama, LM Studio, vLLM, llama-server, OpenRouter …"""
