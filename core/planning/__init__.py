"""Plans before they are carried out: what they would do, and who looks at them."""
