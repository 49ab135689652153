"""Named sweeps: what a table says, the reports of its nights, what is new, and which reports go."""
