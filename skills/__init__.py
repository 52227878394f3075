"""Skills: loading, indexing, learning and checking. Nothing lives here yet; the layer stands so that imports point one way."""
