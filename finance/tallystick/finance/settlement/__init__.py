"""Settlement (兑付): claims at record time, payments and their evidence, returns, arrears, recourse."""
