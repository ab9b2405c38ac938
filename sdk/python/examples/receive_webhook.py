"""WEBHOOK_SECRET=whsec_… PORT=4000 python receive_webhook.py"""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from comserv import WebhookEvent, WebhookVerificationError, verify_webhook

secret = os.environ["WEBHOOK_SECRET"]
seen: set[str | None] = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = verify_webhook(body, self.headers, secret)
        except WebhookVerificationError as error:
            print(f"refused: {error.check}", flush=True)
            return self.answer(400)
        # An event may arrive more than once; its id stays the same. A real receiver remembers it in its database.
        if event.id not in seen:
            handle(event)
        seen.add(event.id)
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def handle(event: WebhookEvent) -> None:
    match event.event:
        case "user.created":
            print(f"welcome, {event.data.username}", flush=True)
        case "document.published":
            print(f"published: {event.data.title}", flush=True)
        case other:
            print(other, flush=True)


with HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4000"))), Receiver) as server:
    print("listening at", server.server_port, flush=True)
    server.serve_forever()
