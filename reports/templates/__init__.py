"""The page's HTML and CSS, as package data."""
