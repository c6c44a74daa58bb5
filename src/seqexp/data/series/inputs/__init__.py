"""The columns that models see: scaled numbers, categories, the calendar, what is known ahead."""
