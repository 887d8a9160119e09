"""Authlib's authorization server on Flask with the device grant, for the interop suite. Everything lives in memory.

It takes a free port of the loopback interface and tells the suite what happens, one JSON object a line on stdout:

    {"event": "ready", "issuer": "http://127.0.0.1:PORT"}
    {"event": "token", "user_code": "WDJB-MJHT", "answer": "authorization_pending"}    one per poll; "ok" for a token

It ends when stdin is closed, so it never outlives whoever started it.
"""

import json
import os
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # Plain http: the suite talks to it over loopback only.

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialMixin,
)
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDToken
from flask import Flask, jsonify, redirect, render_template_string, request, session
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

INTERVAL = 2
EXPIRES_IN = 600
TOKEN_EXPIRES_IN = 3600
SCOPES = {"openid", "read", "write", "profile", "offline_access"}
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]


@dataclass
class Client(ClientMixin):
    client_id: str
    auth: str
    secret: str = ""
    grant_types: tuple = (DEVICE_CODE_GRANT_TYPE, "refresh_token")
    code_expires_in: int = EXPIRES_IN

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri):
        return False

    def check_client_secret(self, client_secret):
        return bool(self.secret) and secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.auth

    def check_response_type(self, response_type):
        return False

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


CLIENTS = {
    client.client_id: client
    for client in [
        Client("device-public", "none"),
        Client("device-basic", "client_secret_basic", "basic-secret-0123456789abcdef"),
        Client("device-post", "client_secret_post", "post-secret-0123456789abcdef"),
        # Authlib does not undo the form-urlencoding of RFC 6749 section 2.3.1: this secret has to come as it is.
        Client("device-special", "client_secret_basic", "p%ss word:+/&=?"),
        Client("device-short", "none", code_expires_in=4),
        Client("device-norefresh", "none", grant_types=(DEVICE_CODE_GRANT_TYPE,)),
        Client("not-device", "none", grant_types=("refresh_token",)),
    ]
}


@dataclass
class Credential(DeviceCredentialMixin):
    client_id: str
    scope: str
    device_code: str
    user_code: str
    interval: float
    expires_at: float
    last_poll: float = 0.0

    def get_client_id(self):
        return self.client_id

    def get_scope(self):
        return self.scope or ""

    def get_user_code(self):
        return self.user_code

    def get_nonce(self):
        return None

    def get_auth_time(self):
        return None

    def is_expired(self):
        return time.monotonic() > self.expires_at


@dataclass
class Token(TokenMixin):
    body: dict
    client: Client
    user: str
    issued_at: float = field(default_factory=time.time)
    revoked: bool = False

    def check_client(self, client):
        return self.client.client_id == client.get_client_id()

    def get_scope(self):
        return self.body.get("scope", "")

    def get_expires_in(self):
        return self.body["expires_in"]

    def is_expired(self):
        return time.time() > self.issued_at + self.body["expires_in"]

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return self.user

    def get_client(self):
        return self.client


credentials = {}  # device code -> Credential
decisions = {}  # user code -> (user, approved)
tokens = []


def find_token(value, *names):
    return next((token for token in tokens if value in (token.body.get(name) for name in names)), None)


class DeviceEndpoint(DeviceAuthorizationEndpoint):
    EXPIRES_IN = EXPIRES_IN
    INTERVAL = INTERVAL

    def get_verification_uri(self):
        return request.host_url + "activate"

    def save_device_credential(self, client_id, scope, data):
        data["expires_in"] = CLIENTS[client_id].code_expires_in
        credentials[data["device_code"]] = Credential(
            client_id,
            scope,
            data["device_code"],
            data["user_code"],
            data["interval"],
            time.monotonic() + data["expires_in"],
        )


class DeviceGrant(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return credentials.get(device_code)

    def query_user_grant(self, user_code):
        return decisions.get(user_code)

    def should_slow_down(self, credential):
        """Tells too early a poll, and adds the 5 seconds of RFC 8628 section 3.5 for it."""
        now = time.monotonic()
        is_early = credential.last_poll and now - credential.last_poll < credential.interval - 0.05
        credential.last_poll = now
        if is_early:
            credential.interval += 5
        return bool(is_early)

    def create_token_response(self):
        response = super().create_token_response()
        credentials.pop(self.request.credential.device_code, None)  # A code is good for one token.
        return response


class RefreshGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def authenticate_refresh_token(self, refresh_token):
        token = find_token(refresh_token, "refresh_token")
        return None if token is None or token.revoked else token

    def authenticate_user(self, credential):
        return credential.user

    def revoke_old_credential(self, credential):
        credential.revoked = True


class IdToken(OpenIDToken):
    """Signed with RS256, and with `at_hash`."""

    KEY = RSAKey.generate_key(2048)

    def resolve_client_private_key(self, client):
        return self.KEY

    def get_client_claims(self, client):
        return {"iss": request.host_url.rstrip("/")}

    def generate_user_info(self, user, scope):
        return UserInfo(sub=user)


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string, token_type_hint):
        return find_token(token_string, "access_token", "refresh_token")

    def revoke_token(self, token, request):
        token.revoked = True


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string, token_type_hint):
        return find_token(token_string, "access_token", "refresh_token")

    def check_permission(self, token, client, request):
        return True

    def introspect_token(self, token):
        return {
            "active": not token.revoked and not token.is_expired(),
            "client_id": token.client.client_id,
            "sub": token.user,
            "scope": token.get_scope(),
            "exp": int(token.issued_at + token.body["expires_in"]),
        }


class TokenValidator(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return find_token(token_string, "access_token")


app = Flask(__name__)
app.secret_key = secrets.token_hex(16)
app.config.update(
    OAUTH2_SCOPES_SUPPORTED=sorted(SCOPES),
    OAUTH2_REFRESH_TOKEN_GENERATOR=True,
    OAUTH2_TOKEN_EXPIRES_IN={DEVICE_CODE_GRANT_TYPE: TOKEN_EXPIRES_IN, "refresh_token": TOKEN_EXPIRES_IN},
)

server = AuthorizationServer(
    app,
    query_client=CLIENTS.get,
    save_token=lambda body, request: tokens.append(Token(dict(body), request.client, request.user)),
)
server.register_endpoint(DeviceEndpoint)
server.register_endpoint(Revocation)
server.register_endpoint(Introspection)
server.register_grant(DeviceGrant, [IdToken()])
server.register_grant(RefreshGrant, [IdToken()])

bearer = ResourceProtector()
bearer.register_token_validator(TokenValidator())


telling = threading.Lock()


def tell(event):
    with telling:  # Requests have a thread each, and their lines must not run into each other.
        print(json.dumps(event), flush=True)


@app.post("/device_authorization")
def device_authorization():
    return server.create_endpoint_response("device_authorization")


@app.post("/token")
def token():
    polled = credentials.get(request.form.get("device_code"))
    response = server.create_token_response()
    if polled:
        answer = (response.get_json(silent=True) or {}).get("error", "ok")
        tell({"event": "token", "user_code": polled.user_code, "answer": answer})
    return response


@app.post("/revoke")
def revoke():
    return server.create_endpoint_response("revocation")


@app.post("/introspect")
def introspect():
    return server.create_endpoint_response("introspection")


@app.get("/userinfo")
@bearer()
def userinfo():
    return jsonify(sub=current_token.user, scope=current_token.get_scope())


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    issuer = request.host_url.rstrip("/")
    return jsonify(
        issuer=issuer,
        device_authorization_endpoint=f"{issuer}/device_authorization",
        token_endpoint=f"{issuer}/token",
        revocation_endpoint=f"{issuer}/revoke",
        introspection_endpoint=f"{issuer}/introspect",
        userinfo_endpoint=f"{issuer}/userinfo",
        response_types_supported=[],
        grant_types_supported=[DEVICE_CODE_GRANT_TYPE, "refresh_token"],
        token_endpoint_auth_methods_supported=AUTH_METHODS,
        scopes_supported=sorted(SCOPES),
    )


PAGE = """<!doctype html>
<title>Activate</title>
{% if message %}
  <p>{{ message }}</p>
{% elif not user %}
  <form id="login" method="post" action="/login">
    <input type="hidden" name="next" value="{{ next }}">
    <input name="username"> <input type="password" name="password">
    <button>Sign in</button>
  </form>
{% else %}
  <form id="device" method="post" action="/activate">
    <input name="user_code" value="{{ code }}">
    <button name="action" value="approve">Approve</button>
    <button name="action" value="deny">Deny</button>
  </form>
{% endif %}
"""


@app.post("/login")
def login():
    if request.form.get("password") != "password":
        return render_template_string(PAGE, message="wrong password"), 403
    session["user"] = request.form["username"]
    return redirect(request.form["next"])


@app.route("/activate", methods=["GET", "POST"])
def activate():
    user = session.get("user")
    code = request.values.get("user_code", "").strip().upper()
    if request.method == "GET" or not user:
        return render_template_string(PAGE, user=user, code=code, next=request.full_path)
    live = (item for item in list(credentials.values()) if item.user_code == code and not item.is_expired())
    if next(live, None) is None or code in decisions:
        return render_template_string(PAGE, message="unknown, used or expired code"), 400
    approved = request.form.get("action") == "approve"
    decisions[code] = (user, approved)
    return render_template_string(PAGE, message="approved" if approved else "denied")


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    listener = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    tell({"event": "ready", "issuer": f"http://127.0.0.1:{listener.server_port}"})
    listener.serve_forever()
