"""A web application with a server of its own: people sign in, and read and add documents as themselves.

    pip install comserv flask authlib requests
    COMSERV_URL=https://comserv.example.org CLIENT_ID=cs_app_… CLIENT_SECRET=… SESSION_SECRET=… \
        flask --app app run --port 5000

Register it as an application of the kind Server, with the redirect URI http://127.0.0.1:5000/signed-in.
"""

import os
import secrets
import sqlite3

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template_string, request, session, url_for

from comserv import Comserv, ComservError, InvalidRequestError

server = os.environ["COMSERV_URL"]
client_id, client_secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]

app = Flask(__name__)
# Signs the cookie, which holds nothing but the number of the sign-in. Lax: no other site can post with it.
app.secret_key = os.environ["SESSION_SECRET"]
app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=server.startswith("https:"))

# What it needs to know of the server, it reads there; state, nonce and the verifier of PKCE are the library's work.
oauth = OAuth(app)
oauth.register(
    "comserv",
    client_id=client_id,
    client_secret=client_secret,
    server_metadata_url=f"{server}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile offline_access documents:read documents:write",
        "code_challenge_method": "S256",
    },
)


class SignIns:
    """The refresh tokens, each as private as a password: in a file of the server, and never in a browser.

    A refresh token changes at each use, so this one process uses them; several would take turns by a lock.
    """

    def __init__(self, path):
        self.path = path
        self.clients = {}
        with self.open() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS sign_ins (id TEXT PRIMARY KEY, name TEXT, token TEXT)"
            )
        os.chmod(path, 0o600)

    def open(self):
        return sqlite3.connect(self.path)

    def begin(self, name, token):
        sign_in = secrets.token_urlsafe(32)
        with self.open() as database:
            database.execute("INSERT INTO sign_ins VALUES (?, ?, ?)", (sign_in, name, token))
        return sign_in

    def find(self, sign_in):
        """The name of the person and their client; None if nobody is signed in."""
        with self.open() as database:
            row = database.execute("SELECT name, token FROM sign_ins WHERE id = ?", (sign_in,)).fetchone()
        if row is None:
            return None
        if sign_in not in self.clients:
            self.clients[sign_in] = Comserv(
                server,
                client_id=client_id,
                client_secret=client_secret,
                refresh_token=row[1],
                save_refresh_token=lambda token: self.save(sign_in, token),
            )
        return row[0], self.clients[sign_in]

    def save(self, sign_in, token):
        with self.open() as database:
            database.execute("UPDATE sign_ins SET token = ? WHERE id = ?", (token, sign_in))

    def end(self, sign_in):
        with self.open() as database:
            database.execute("DELETE FROM sign_ins WHERE id = ?", (sign_in,))
        self.clients.pop(sign_in, None)


sign_ins = SignIns(os.environ.get("SIGN_INS", "sign-ins.sqlite"))


@app.get("/sign-in")
def sign_in():
    return oauth.comserv.authorize_redirect(url_for("signed_in", _external=True))


@app.get("/signed-in")
def signed_in():
    try:
        token = oauth.comserv.authorize_access_token()
    except OAuthError as error:
        # As access_denied, when the person does not allow it.
        return show(problem=error.description or error.error)
    session.clear()
    session["sign_in"] = sign_ins.begin(token["userinfo"]["preferred_username"], token["refresh_token"])
    return redirect(url_for("documents"))


@app.post("/sign-out")
def sign_out():
    sign_in = session.pop("sign_in", None)
    known = sign_ins.find(sign_in)
    if known:
        known[1].sign_out()
        sign_ins.end(sign_in)
    return redirect(url_for("documents"))


@app.get("/")
def documents(problem=None):
    known = sign_ins.find(session.get("sign_in"))
    if known is None:
        return show()
    name, comserv = known
    try:
        found = comserv.documents.list(limit=20, sort="-created_at").data
    except InvalidRequestError:
        # No refresh token that it knows: the person took the access back, or an administrator did.
        sign_ins.end(session.pop("sign_in"))
        return show(problem="Your access has ended. Sign in again.")
    except ComservError as error:
        return show(name=name, problem=error)
    return show(name=name, documents=found, problem=problem)


@app.post("/")
def add():
    known = sign_ins.find(session.get("sign_in"))
    if known is None:
        return redirect(url_for("sign_in"))
    try:
        known[1].documents.create(title=request.form["title"])
    except ComservError as error:
        # What the person may not do, the server refuses, in words that can be shown.
        return documents(problem=error)
    return redirect(url_for("documents"))


def show(name=None, documents=(), problem=None):
    return render_template_string(page, name=name, documents=documents, problem=problem)


page = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Notice board</title>
<style>
  body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a }
  form { margin: 1rem 0 } input { font: inherit; padding: .25rem .5rem } button { font: inherit; padding: .25rem .75rem }
  [role=alert] { padding: .5rem .75rem; border-left: .25rem solid #b3261e; background: #fdecea }
</style>
<main>
<h1>Notice board</h1>
{% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
{% if name %}
<form method="post" action="{{ url_for('sign_out') }}">Signed in as {{ name }} <button>Sign out</button></form>
<form method="post" action="{{ url_for('add') }}">
  <label>Title <input name="title" required maxlength="200"></label> <button>Add</button>
</form>
<ul>{% for document in documents %}<li>{{ document.title }}</li>{% endfor %}</ul>
{% else %}
<p><a href="{{ url_for('sign_in') }}">Sign in</a></p>
{% endif %}
</main>
"""
