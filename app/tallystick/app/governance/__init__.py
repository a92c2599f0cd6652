"""Commands of governance: proposals, their signatures on other machines, and what is enacted."""
