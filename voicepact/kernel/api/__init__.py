"""What every API endpoint shares: who asks, what they may, how answers, lists and refusals are written."""
