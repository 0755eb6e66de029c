"""The ways in: each takes what one kind of sender says and hands it to the door. A new way in is a module here."""
