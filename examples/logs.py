"""Python's `logging`: its records are in the service's log, as text or as JSON.

$ rocketpy launch logs:app
$ ROCKET_ACCESS_LOG=json rocketpy launch logs:app | jq .
$ curl -X POST http://127.0.0.1:8000/orders/7
$ curl -X POST http://127.0.0.1:8000/orders/no
"""

import logging

import falcon

import rocketpy

logger = logging.getLogger("shop.orders")


class Orders:
    """`POST /orders/N`: place an order."""

    def on_post(self, _request: falcon.Request, response: falcon.Response, number: str) -> None:
        """Log the order."""
        try:
            order = int(number)
        except ValueError as error:
            logger.exception("an order without a number")  # with the traceback
            raise falcon.HTTPUnprocessableEntity(title="Which order?") from error
        logger.debug("looking for order %d", order)  # at log_level = "debug" alone
        logger.info("order placed", extra={"order": order, "token": "s3cret"})
        response.status = falcon.HTTP_ACCEPTED
        response.text = "placed\n"


app = rocketpy.App(media_type="text/plain; charset=utf-8")
app.add_route("/orders/{number}", Orders())

if __name__ == "__main__":
    raise SystemExit(rocketpy.launch(app))
