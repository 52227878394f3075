"""What may be done, and from whose words it comes."""
