"""Property sheets and details: what they show of an item, and how they save what is changed."""
