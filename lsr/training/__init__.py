"""Training of sparse encoders: recipes, data, losses, regularisers and the loop."""
