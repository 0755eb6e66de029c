"""What is to be done about a stay, and why: pathway, rules, due times, where the desk stands, the decision."""
