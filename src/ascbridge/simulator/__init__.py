"""The city that plays the outside world: invented people, a hospital, a council and a discharge team."""
