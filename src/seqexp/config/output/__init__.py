"""What leaves the program as text: masked, and harmless on a terminal and in a spreadsheet."""
