"""Registry of images, from which all environments take them."""
