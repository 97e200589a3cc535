"""What the product does in every state, found out by trying it: the source of docs/lifecycle.md."""
