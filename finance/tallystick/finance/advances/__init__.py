"""Order financing (订单融资): a funder advances what an order's materials cost, and the certificate repays it."""
