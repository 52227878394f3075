"""Windows of other programs, by what assistive technology sees of them."""
