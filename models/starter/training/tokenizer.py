"""The starter's tokenizer: byte-level BPE, digits one by one, as llama.cpp's pre-tokenizer ``smollm`` splits text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.starter.frames import special_tokens

SIZE = 8192


def train(texts: Iterable[str], target: Path) -> Tokenizer:
    """A vocabulary of :data:`SIZE` tokens, the special ones first, from ``texts``; kept in ``target``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(text, normalized=False, special=True) for text in special_tokens()]
    trainer = trainers.BpeTrainer(vocab_size=SIZE, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), min_frequency=2, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(target))
    return tokenizer
