"""How fast whole commands hash stored pictures: hashsweep beside its peers and the limits."""
