"""How many altered copies of listed pictures are found, by hashsweep and by its peers."""
