"""The request reader: a small trained network that says what kind of request a text is and which of its words are its operands."""
