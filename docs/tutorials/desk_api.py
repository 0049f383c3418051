#!/usr/bin/env python3
"""The lending desk of your-own-source.md: a made-up REST API with a hundred things that teams borrow."""
import http.server
import json
import sys
import urllib.parse

TOKEN = "open-sesame"
KINDS = ["laptop", "projector", "phone", "camera"]
TEAMS = ["Support", "Sales", "Lab", "Front Office", "Facilities"]


def item(number):
    kind = KINDS[number % len(KINDS)]
    return {"id": number, "name": f"{kind.capitalize()} {number}", "kind": kind, "serial": f"SN-{number:04}",
            "bought": 1704067200 + number * 86400, "price": {"amount": f"{100 + number * 7.5:.2f}", "currency": "EUR"},
            "state": "lent" if number % 3 else "on_shelf", "note": "" if number % 10 else "Battery is weak."}


ITEMS = [item(number) for number in range(1, 101)]
BORROWED = {f"t{team}": [{"item_id": each["id"]} for each in ITEMS if each["state"] == "lent" and each["id"] % 5 == team]
            for team in range(5)}


def page_of_items(query):
    page, size = int(query.get("page", 1)), min(int(query.get("size", 20)), 40)
    return {"total": len(ITEMS), "items": ITEMS[(page - 1) * size:page * size]}


def answer(path, query):
    if path == "/api/items":
        return page_of_items(query)
    if path == "/api/teams":
        return {"teams": [{"id": f"t{number}", "name": name, "mail": f"{name.lower().replace(' ', '.')}@example.com"}
                          for number, name in enumerate(TEAMS)]}
    team = path.removeprefix("/api/teams/").removesuffix("/items")
    return {"borrowed": BORROWED[team]} if path == f"/api/teams/{team}/items" and team in BORROWED else None


class Desk(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        if self.headers.get("X-Desk-Token") != TOKEN:
            self.send(401, {"error": {"code": "bad_token", "message": "who are you?"}})
            return
        body = answer(address.path, dict(urllib.parse.parse_qsl(address.query)))
        if body is None:
            self.send(404, {"error": {"code": "no_such_path", "message": f"nothing at {address.path}"}})
            return
        self.send(200, body)

    def send(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Desk)
    print(f"The lending desk listens on http://127.0.0.1:{sys.argv[1]}", flush=True)
    server.serve_forever()
