"""What is written behind an answer: sightings, sent bytes, refusals, the update log."""
