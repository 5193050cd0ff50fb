"""What a pen writes into printed frames: numbers and days of administrative papers, incoming stamps."""
