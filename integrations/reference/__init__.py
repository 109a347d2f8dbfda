"""What figures are rolled up by: places and their dated hierarchy."""
