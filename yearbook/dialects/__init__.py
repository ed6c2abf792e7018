"""What only one blog engine knows, one file each."""
