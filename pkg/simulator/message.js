// How large a request is on its way from an agent to its server, and what Consul answers to one that is too large. The
// HTTP API has no limit of its own.

import { refuse } from "./answers.js";

const MB = 1024 * 1024;
const RECEIVED_MAX_BYTES = 4 * MB;
const SENT_MAX_BYTES = 8 * MB;

/** @param {{ PeerName: string, PeeringToken?: string, Partition?: string, Meta?: object, ServerExternalAddresses?: string[] }} body */
export function checkSize(body) {
  const size = bytesOf(body);
  if (size > SENT_MAX_BYTES)
    throw refuse(429, `trying to send message larger than max (${size} vs. ${SENT_MAX_BYTES})`);
  if (size > RECEIVED_MAX_BYTES) {
    throw refuse(429, `grpc: received message larger than max (${size} vs. ${RECEIVED_MAX_BYTES})`);
  }
}

/** As protocol buffers write it: a field is its number, its length and its bytes; an empty one is left out. */
function bytesOf({ PeerName, PeeringToken, Partition, Meta, ServerExternalAddresses }) {
  const texts = [PeerName, PeeringToken, Partition].filter(Boolean);
  const pairs = Object.entries(Meta ?? {}).map((pair) => sum(pair.map((text) => field(Buffer.byteLength(text)))));
  const sizes = [...texts, ...(ServerExternalAddresses ?? [])].map((text) => Buffer.byteLength(text));
  return sum([...sizes, ...pairs].map(field));
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const field = (bytes) => 1 + varint(bytes) + bytes;
const varint = (number) => Math.max(1, Math.ceil(number.toString(2).length / 7));
