"""The way to the network: one HTTP client with one policy for proxies and certificates, for every part that speaks HTTP."""
