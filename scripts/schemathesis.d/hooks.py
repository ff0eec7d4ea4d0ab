"""What a description of an API cannot say, for schemathesis.

A key names one request, so every well-formed key becomes one that nobody has used before.
A server answers 503 to a reader who waits for a position that is not there in time: that is its
contract, and nothing else may be answered with a status of 500 or above.
"""

import json
import re
import uuid

import schemathesis

KEY = re.compile(r"[!-~]{1,255}")


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    if isinstance(value, (bytes, str)):
        return value if isinstance(value, bytes) else value.encode()
    rows = value if isinstance(value, list) else [value]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    for name, value in headers.items():
        if name.lower() == "idempotency-key" and KEY.fullmatch(str(value)):
            headers[name] = uuid.uuid4().hex


@schemathesis.check
def never_fails(context, response, case):
    if response.status_code < 500:
        return
    problem = response.json()
    waited = any(name.lower() == "roomnight-wait-for" for name in case.headers or {})
    is_wait = problem.get("type", "").endswith("/not-there-yet") and "retry-after" in response.headers
    assert response.status_code == 503 and waited and is_wait, f"{response.status_code}: {problem}"


@schemathesis.serializer("application/toml")
def toml(context, value):
    """A policy is sent as the text that it is."""
    return value.encode() if isinstance(value, str) else str(value).encode()
