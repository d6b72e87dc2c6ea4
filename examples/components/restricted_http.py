"""WASI for `consul-peering.wasm` in wasmtime, written in Python: the component can reach the given clusters, and nothing else.

    http = RestrictedHttp(["https://consul.east.example:8501"], ssl.create_default_context(cafile="consul-ca.pem"))
    http.add_to(linker)  # in place of add_wasip2() and add_wasi_http()

The context of `ssl` decides which certificate authorities are trusted, and may have a client certificate.
`http.cancel()`, from another thread, makes the running call raise `Cancelled`.
"""

import http.client
import itertools
import os
import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

from wasmtime.component import Record, ResourceAny, ResourceHost, ResourceType, Variant

WASI = "0.2.12"
MAX_RESPONSE_BYTES = 128 * 1024 * 1024 + 1  # more than the component accepts
KINDS = [
    "pollable",
    "error",
    "input-stream",
    "output-stream",
    "fields",
    "outgoing-request",
    "outgoing-body",
    "request-options",
    "future-incoming-response",
    "incoming-response",
    "incoming-body",
    "future-trailers",
]
ALIASES = {"headers": "fields", "trailers": "fields"}
#: The names of wasi:http for exceptions of `http.client`, the first that fits.
ERRORS = [
    (ConnectionRefusedError, "connection-refused"),
    (ConnectionError, "connection-terminated"),  # RemoteDisconnected is one
    (http.client.IncompleteRead, "HTTP-response-incomplete"),
    (ssl.SSLCertVerificationError, "TLS-certificate-error"),
    (TimeoutError, "connection-timeout"),
]


class Cancelled(Exception):
    """The call was cancelled. What it has sent may have had an effect."""


class Resource:
    """A resource of WASI that the component holds a handle of."""

    def __init__(self, kind, **members):
        self.kind = kind
        self.__dict__.update(members)


class RestrictedHttp:
    def __init__(self, addresses, context=None):
        self.allowed = {origin(address) for address in addresses}
        self.context = context
        self.resources = {}
        self.numbers = itertools.count(1)
        self.changed = threading.Condition()
        self.is_cancelled = False

    def add_to(self, linker):
        with linker.root() as root:
            for interface, (kinds, functions) in self.interfaces().items():
                with root.add_instance(f"wasi:{interface}@{WASI}") as instance:
                    for kind in kinds:
                        number = KINDS.index(ALIASES.get(kind, kind))
                        instance.add_resource(kind, ResourceType.host(number), self.drop)
                    for name, function in functions.items():
                        instance.add_func(name, self.adapt(function))

    def cancel(self):
        self.is_cancelled = True
        with self.changed:
            self.changed.notify_all()

    def interfaces(self):
        """What the component imports: of each interface its resources and its functions."""
        poll = {"poll": self.poll, "[method]pollable.ready": lambda pollable: pollable.is_ready()}
        monotonic = {"now": time.monotonic_ns, "subscribe-duration": subscribe_duration}
        wall = {"now": lambda: record(seconds=time.time_ns() // 10**9, nanoseconds=time.time_ns() % 10**9)}
        streams = {
            "[method]input-stream.read": read,
            "[method]input-stream.subscribe": lambda stream: always_ready(),
            "[method]output-stream.check-write": lambda stream: 65536,
            "[method]output-stream.write": write,
            "[method]output-stream.subscribe": lambda stream: always_ready(),
        }
        types = {
            "[constructor]fields": lambda: Resource("fields", entries=[]),
            "[method]fields.append": lambda fields, name, value: fields.entries.append((name, value)),
            "[method]fields.get": lambda fields, name: [value for each, value in fields.entries if each.lower() == name],
            "[constructor]outgoing-request": outgoing_request,
            "[method]outgoing-request.body": lambda request: request.body,
            "[method]outgoing-request.set-method": setter("method"),
            "[method]outgoing-request.set-scheme": setter("scheme"),
            "[method]outgoing-request.set-authority": setter("authority"),
            "[method]outgoing-request.set-path-with-query": setter("path"),
            "[method]outgoing-body.write": lambda body: Resource("output-stream", body=body),
            "[static]outgoing-body.finish": self.finish,
            "[method]future-incoming-response.subscribe": lambda future: Resource(
                "pollable", is_ready=lambda: future.result is not None, due=None
            ),
            "[method]future-incoming-response.get": lambda future: future.result or Variant("none"),
            "[method]incoming-response.status": lambda response: response.status,
            "[method]incoming-response.headers": lambda response: Resource("fields", entries=response.entries),
            "[method]incoming-response.consume": lambda response: Resource("incoming-body", content=response.content),
            "[method]incoming-body.stream": lambda body: Resource("input-stream", content=body.content),
            "http-error-code": lambda error: None,
        }
        return {
            "io/error": (["error"], {"[method]error.to-debug-string": lambda error: ""}),
            "io/poll": (["pollable"], poll),
            "io/streams": (["input-stream", "output-stream", "error", "pollable"], streams),
            "clocks/monotonic-clock": (["pollable"], monotonic),
            "clocks/wall-clock": ([], wall),
            "random/random": ([], {"get-random-bytes": os.urandom}),
            "http/types": ([*KINDS, *ALIASES], types),
            "http/outgoing-handler": (
                ["outgoing-request", "request-options", "future-incoming-response"],
                {"handle": self.handle},
            ),
        }

    def handle(self, request, _options):
        if origin(f"{request.scheme.tag}://{request.authority}") not in self.allowed:
            return Variant("HTTP-request-denied")
        future = Resource("future-incoming-response", result=None)
        request.body.start = lambda: threading.Thread(target=self.send, args=(request, future), daemon=True).start()
        return future

    def finish(self, body, _trailers):
        body.start()

    def send(self, request, future):
        try:
            answer = self.exchange(request)
        except Exception as error:
            answer = error_code(error)
        future.result = Variant("some", answer)
        with self.changed:
            self.changed.notify_all()

    def exchange(self, request):
        if request.scheme.tag == "HTTPS":
            connection = http.client.HTTPSConnection(request.authority, context=self.context)
        else:
            connection = http.client.HTTPConnection(request.authority)
        try:
            connection.putrequest(request.method.tag.upper(), request.path, skip_accept_encoding=True)
            for name, value in request.headers.entries:
                connection.putheader(name, value)
            connection.endheaders(bytes(request.body.content))
            response = connection.getresponse()
            content = response.read(MAX_RESPONSE_BYTES)
            if response.length and len(content) < MAX_RESPONSE_BYTES:
                raise http.client.IncompleteRead(content, response.length)
            entries = [(name, value.encode("latin-1")) for name, value in response.getheaders()]
            return Resource("incoming-response", status=response.status, entries=entries, content=content)
        finally:
            connection.close()

    def poll(self, pollables):
        """Waits until one of them is ready. Returns the positions of all that are."""
        with self.changed:
            while not self.is_cancelled:
                ready = [at for at, pollable in enumerate(pollables) if pollable.is_ready()]
                if ready:
                    return ready
                due = [pollable.due for pollable in pollables if pollable.due is not None]
                self.changed.wait((min(due) - time.monotonic_ns()) / 1e9 if due else None)
        raise Cancelled

    def adapt(self, function):
        """A function on resources as a function on handles."""
        return lambda store, *arguments: self.give(function(*(self.take(store, argument) for argument in arguments)))

    def take(self, store, value):
        if isinstance(value, list):
            return [self.take(store, item) for item in value]
        return self.resources[value.to_host(store).rep] if isinstance(value, ResourceAny) else value

    def give(self, value):
        if isinstance(value, Variant) and isinstance(value.payload, Resource):
            return Variant(value.tag, self.give(value.payload))
        if not isinstance(value, Resource):
            return value
        number = next(self.numbers)
        self.resources[number] = value
        return ResourceHost.own(number, KINDS.index(value.kind))

    def drop(self, _store, number):
        del self.resources[number]


def origin(address):
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def record(**members):
    made = Record()
    made.__dict__.update(members)
    return made


def subscribe_duration(nanoseconds):
    due = time.monotonic_ns() + nanoseconds
    return Resource("pollable", is_ready=lambda: time.monotonic_ns() >= due, due=due)


def always_ready():
    return Resource("pollable", is_ready=lambda: True, due=None)


def outgoing_request(headers):
    body = Resource("outgoing-body", content=bytearray(), start=lambda: None)
    return Resource("outgoing-request", headers=headers, body=body)


def setter(name):
    def set_member(request, value):
        setattr(request, name, value)
        return Variant("ok")

    return set_member


def write(stream, content):
    stream.body.content += content
    return Variant("ok")


def read(stream, length):
    content, stream.content = stream.content[:length], stream.content[length:]
    return content or None  # none: the stream is closed


def error_code(error):
    if isinstance(error, socket.gaierror):
        return Variant("DNS-error", record(**{"rcode": str(error), "info-code": None}))
    for kind, name in ERRORS:
        if isinstance(error, kind):
            return Variant(name)
    return Variant("internal-error", str(error))
