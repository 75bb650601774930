"""The settings of a service: how each is presented, entered, judged and saved."""
