"""The network in torch: the encoder of all-MiniLM-L6-v2, a kind for the whole request and a mark for each token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertModel

from models.reader.labels import KINDS, MARKS

WIDTH = 384


class ReaderNetwork(nn.Module):
    """``forward`` takes ids, mask and types ``(batch, tokens)``; gives logits of kinds, and of marks for each token."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(weights, add_pooling_layer=False)
        self.kind, self.mark = nn.Linear(2 * WIDTH, len(KINDS)), nn.Linear(WIDTH, len(MARKS))
        self.drop = nn.Dropout(0.2)

    def forward(self, ids: Any, mask: Any, types: Any) -> tuple[Any, Any]:
        x = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        here = (mask * types).float()[..., None]
        mean = (x * here).sum(1) / here.sum(1).clamp(min=1)
        return self.kind(self.drop(torch.cat([x[:, 0], mean], -1))), self.mark(self.drop(x))
