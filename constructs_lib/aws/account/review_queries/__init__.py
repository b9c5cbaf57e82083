"""What reviews ask AWS, by what they are about."""
