"""Pages and interfaces of who people are: how they are shown, and settling what machines do not decide."""
