"""A packing list in Markdown."""

days, kind = max(1, int(data["days"])), data["kind"]
sets = min(days + 1, 8)
lists = {
    "Before you go": [
        "passport or identity card valid?",
        "tickets and bookings saved offline",
        "somebody waters the plants",
        "out-of-office note" if kind == "business" else "windows shut, heating down",
    ],
    "Documents and money": ["passport or identity card", "tickets", "bank card and some cash", "insurance card"],
    "Clothes": [f"{sets} × underwear and socks", f"{min(days, 7)} × shirts", f"{1 + days // 4} × trousers", "something warm", "something against rain", "night clothes"],
    "Bathroom": ["toothbrush and paste", "shower things", "medicine", "plasters"],
    "Things": ["telephone and charger", "headphones", "book", "bottle", "keys"],
}
extra = {
    "city": {"Clothes": ["comfortable shoes"], "Things": ["day bag", "map saved offline"]},
    "beach": {"Clothes": ["swimwear", "sun hat", "sandals"], "Bathroom": ["sun cream"], "Things": ["towel", "sunglasses", "diving mask"]},
    "mountains": {
        "Clothes": ["walking boots", "hat and gloves", "functional layers"],
        "Bathroom": ["sun cream", "blister plasters"],
        "Things": ["rucksack", "head lamp", "map", "first-aid kit", "poles"],
    },
    "business": {
        "Clothes": ["suit or jacket", "good shoes", f"{min(days, 7)} × shirts to iron"],
        "Things": ["laptop and charger", "adapter for the projector", "business cards", "papers for the meeting"],
    },
}[kind]
print(f"# Packing list: {data['destination']}, {days} {'day' if days == 1 else 'days'}")
for title, items in lists.items():
    print(f"\n## {title}\n")
    print("\n".join(f"- [ ] {item}" for item in [*items, *extra.get(title, [])]))
