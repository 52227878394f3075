"""AgentDojo as a black box: the kit's scripted model through the product's own loop, its tools over MCP, questions answered by an oracle."""
