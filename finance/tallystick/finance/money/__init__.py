"""Integer money: amounts, words, allocation, money dates, discount."""
