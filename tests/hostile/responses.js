// Responses that Consul never sends, byte by byte. `responses` is the table; each row's function returns the chunks.
import { SILENCE } from "./server.js";

const CONTROL = String.fromCharCode(...Array.from({ length: 31 }, (_, i) => i + 1).filter((c) => c !== 10 && c !== 13));
const CRLF = "\r\n";

/** An HTTP response; `head` is the status line after the version. */
export const response = (head, body = "", headers = []) =>
  [`HTTP/1.1 ${head}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, "", ""].join(CRLF) +
  Buffer.from(body).toString("latin1");

const whole = (text) => () => [text];
const status = (line) => whole(response(line, "[]"));
const header = (line) => whole(response("200 OK", "[]", [line]));

/** Without a length, so that the end of the body is the end of the connection. */
const unending = (piece) =>
  function* () {
    yield `HTTP/1.1 200 OK${CRLF}${CRLF}`;
    for (;;) yield piece;
  };

/** @type {Record<string, () => Iterable<string | number | symbol>>} by title */
export const responses = {
  // status lines
  "status 600": status("600 Odd"),
  "status 999": status("999 Odd"),
  "status 099": status("099 Odd"),
  "status 000": status("000 Odd"),
  "status 199": status("199 Odd"),
  "status of two digits": status("20 OK"),
  "status of four digits": status("2000 OK"),
  "no status": status("OK"),
  "no reason phrase": status("200"),
  "control characters in the reason phrase": status(`200 ${CONTROL}`),
  "a terminal's escape sequence in the reason phrase": status("500 \x1b[2J\x1b]0;title\x07"),
  "bytes above 127 in the reason phrase": status("200 \x80\x9b\xff"),
  "a reason phrase of 20,000 characters": status(`200 ${"x".repeat(20_000)}`),
  "HTTP/2.0": whole(response("200 OK", "[]").replace("HTTP/1.1", "HTTP/2.0")),
  "HTTP/0.9": whole("[]"),
  "another protocol": whole("SSH-2.0-OpenSSH_9.6\r\n"),
  "an alert of TLS": whole("\x15\x03\x01\x00\x02\x02\x28"),
  zeros: whole("\0".repeat(1_000)),

  // other than one final response
  "101 without an upgrade": status("101 Switching Protocols"),
  "101 with an upgrade": whole(response("101 Switching Protocols", "", ["Connection: upgrade", "Upgrade: x"]) + "x"),
  "100, and nothing more": () => [`HTTP/1.1 100 Continue${CRLF}${CRLF}`, SILENCE],
  "103, and nothing more": () => [`HTTP/1.1 103 Early Hints${CRLF}Link: <x>${CRLF}${CRLF}`, SILENCE],
  "103, and the connection ends": whole(`HTTP/1.1 103 Early Hints${CRLF}${CRLF}`),
  "103 without an end": function* () {
    for (;;) yield `HTTP/1.1 103 Early Hints${CRLF}${CRLF}`;
  },
  "two responses to one request": whole(response("200 OK", "[]") + response("600 Odd", "[]")),
  "a redirect": whole(response("307 Temporary Redirect", "", ["Location: http://127.0.0.1:1/"])),
  "a redirect to no address": whole(response("302 Found", "", ["Location: http://["])),
  "no byte": () => [],
  "no byte, and the connection stays": () => [SILENCE],
  "half a head": whole("HTTP/1.1 200 OK\r\nContent-"),
  "half a head, and the connection stays": () => ["HTTP/1.1 200 OK\r\nContent-", SILENCE],

  // headers
  "a header without a name": header(": x"),
  "a header without a value": header("X-Consul-Index:"),
  "a header with spaces in its name": header("X Consul Index: 1"),
  "control characters in a header": header(`X-Odd: ${CONTROL}`),
  "a NUL in a header": header("X-Odd: a\0b"),
  "bytes above 127 in a header": header("X-Odd: \x80\x9b\xff"),
  "a header called __proto__": header("__proto__: x"),
  "a header of 100,000 bytes": header(`X-Odd: ${"x".repeat(100_000)}`),
  "3,000 headers": whole(response("200 OK", "[]", Array(3_000).fill("X: x"))),
  "headers without an end": function* () {
    yield `HTTP/1.1 200 OK${CRLF}`;
    for (;;) yield `X-Odd: ${"x".repeat(500)}${CRLF}`;
  },
  "an index that is no number": header("X-Consul-Index: \x1b[31m7"),
  "an index beyond any": header(`X-Consul-Index: ${"9".repeat(400)}`),
  "Retry-After that is no time": whole(response("429 Too Many", "", ["Retry-After: \x1b[2Jlater"])),
  "Retry-After of a century": whole(response("429 Too Many", "", ["Retry-After: 3155760000"])),
  "Retry-After below zero": whole(response("429 Too Many", "", ["Retry-After: -1"])),

  // lengths and encodings
  "a length that is no number": whole(`HTTP/1.1 200 OK${CRLF}Content-Length: many${CRLF}${CRLF}[]`),
  "a length below zero": whole(`HTTP/1.1 200 OK${CRLF}Content-Length: -1${CRLF}${CRLF}[]`),
  "two lengths": header("Content-Length: 100"),
  "a length and chunks": header("Transfer-Encoding: chunked"),
  "a length of a terabyte": () => [`HTTP/1.1 200 OK${CRLF}Content-Length: 1099511627776${CRLF}${CRLF}[`, SILENCE],
  "a body shorter than its length": whole(`HTTP/1.1 200 OK${CRLF}Content-Length: 100${CRLF}${CRLF}[]`),
  "a body longer than its length": whole(`HTTP/1.1 200 OK${CRLF}Content-Length: 2${CRLF}${CRLF}[]garbage`),
  "a chunk without a size": whole(`HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}zz${CRLF}[]`),
  "chunks that break off": () => [`HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}1${CRLF}[${CRLF}`],
  "a trailer in place of an end": whole(
    `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}2${CRLF}[]${CRLF}0${CRLF}\x01: x${CRLF}${CRLF}`,
  ),
  "said to be gzip": header("Content-Encoding: gzip"),
  "said to be gzip eight times over": header(`Content-Encoding: ${Array(8).fill("gzip").join(", ")}`),
  "204 with a body": whole(response("204 No Content", "[]")),
  "205 with a body": whole(response("205 Reset Content", "[]")),
  "304 to no condition": whole(response("304 Not Modified", "")),

  // bodies
  "a response byte by byte": () => response("200 OK", "[]"),
  "a body that drips without an end": function* () {
    yield `HTTP/1.1 200 OK${CRLF}${CRLF}[`;
    for (;;) yield* [" ", 10];
  },
  "a body without an end": unending(`[${" ".repeat(65_536)}`),
  "a refusal without an end": function* () {
    yield `HTTP/1.1 500 Internal Server Error${CRLF}${CRLF}`;
    for (;;) yield "x".repeat(65_536);
  },
  "bytes that are no UTF-8": whole(response("200 OK", "").replace("Length: 0", "Length: 4") + '"\xff\xfe"'),
  "JSON deeper than any stack": whole(response("200 OK", "[".repeat(500_000))),
  "a number beyond any": whole(response("200 OK", `[{"ID":1e999}]`)),
  HTML: whole(response("200 OK", "<html><script>alert(1)</script>", ["Content-Type: text/html"])),
  "a refusal full of escape sequences": whole(
    response("500 Internal Server Error", `\x1b]8;;http://x\x07${CONTROL}\u202e\u2028\x9b2J`),
  ),
};
