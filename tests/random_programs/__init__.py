"""Random C programs, their exact derivatives by dual numbers, and what enzcc makes of them."""
