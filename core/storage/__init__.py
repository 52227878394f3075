"""The one SQLite file: opening, migrations, the stores on top of it."""
