"""Requests that are read to the letter."""

from __future__ import annotations

import pytest

from models.starter.direct import read


@pytest.mark.parametrize(
    ("request_", "amount", "source", "target"),
    [
        ("convert 100 euros to dollars", 100, "euros", "dollars"), ("What's $50 in pounds?", 50, "$", "pounds"), ("how many yen is 20 quid", 20, "quid", "yen"), ("1,250.50 USD in EUR", 1250.5, "USD", "EUR"),
        ("please convert 2k usd into chf", 2000, "usd", "chf"), ("how much is 5 pounds in euros", 5, "pounds", "euros"), ("12,50 € to dollars", 12.5, "€", "dollars"), ("how many swiss francs do I get for 100 euros", 100, "euros", "swiss francs"),
    ],
)  # fmt: skip
def test_money(request_: str, amount: float, source: str, target: str) -> None:
    assert read(request_) == (("money.convert", {"amount": amount, "source": source, "target": target}),)


@pytest.mark.parametrize(
    "other",
    ["what is 3 kg in pounds", "2.5 pounds to grams", "convert 5 miles to km", "how is the euro doing", "write 100 euros to prices.txt", "convert report.docx to pdf", "how much is 100 euros", "5 pounds in pounds", "add 20 dollars to the list", "1.2.3 euros in dollars"],
)  # fmt: skip
def test_what_is_not_money_or_not_only_money_is_left_to_the_model(other: str) -> None:
    assert read(other) == ()


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("remember that my wifi password is blue-42", "my wifi password is blue-42"), ("Remember I am allergic to lilies.", "I am allergic to lilies"), ("please keep in mind that Julia's birthday is on 4 May", "Julia's birthday is on 4 May"),
        ("don't forget that I don't eat meat", "I don't eat meat"), ("remember: my sister is called Ann", "my sister is called Ann"),
    ],
)  # fmt: skip
def test_facts(said: str, fact: str) -> None:
    assert read(said) == (("memory.add", {"text": fact}),)


@pytest.mark.parametrize(
    "other",
    ["remember to buy milk", "remind me that my car is due", "remember that my car is red and make a folder called Car", "don't forget the milk", "remember that. my car is red", "do you remember what my sister is called", "remember my keys", "remember that my cat is ill, then delete notes.txt"],
)  # fmt: skip
def test_what_is_no_fact_alone_is_left_to_the_model(other: str) -> None:
    assert read(other) == ()
