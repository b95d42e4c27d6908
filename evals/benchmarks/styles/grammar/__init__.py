"""What a style is made of, drawn by chance."""
