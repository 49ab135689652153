"""What the reports that tests read are made with."""

from hashsweep.report.encryption import new_key

KEY = new_key()
EVIL = "=cmd\udcff\x1b[31m.jpg"
