"""What the neurons of a layer do with the present stimulus."""
