// The fields that several forms use, with their validation and the conversion of their text.
import { validatePeerName, validateToken } from "consul-peering";
import { h } from "../elements/dom.js";
import { FormField } from "./field.js";
import { metaOf } from "../list/columns.js";
import { texts } from "./texts.js";

/**
 * @import { Check, FieldFinding } from "./field.js"
 *
 * @typedef {Record<string, string>} Meta
 */

/** @param {string} text */
const lines = (text) => text.split("\n").flatMap((line) => line.trim() || []);
const VALID_NAME = "any";

/**
 * The package's findings for one part of a spec.
 * @param {"meta" | "server_external_addresses"} part
 * @param {unknown} value
 */
const findingsOf = (part, value) =>
  validateToken({ peer_name: VALID_NAME, [part]: value })
    .filter(({ field }) => field.startsWith(part))
    .map((finding) => ({ ...finding, message: finding.message.replace(finding.field, texts.fields[part]) }));

/**
 * @param {string} label
 * @param {{ value?: string, check?: Check }} [options]  check: returns findings beyond those of the name itself
 */
export const nameField = (label, { value = "", check = () => [] } = {}) =>
  FormField.make({
    label,
    hint: texts.name.hint,
    autocomplete: "off",
    autocapitalize: "none",
    required: true,
    value,
    check: (name) => [...validatePeerName(name), ...check(name)],
  });

/**
 * @param {string} alias
 * @param {Meta} [meta]
 */
export const metaField = (alias, meta) =>
  FormField.make({
    label: texts.meta.label(alias),
    hint: texts.meta.hint,
    tag: "textarea",
    rows: 2,
    value: metaText(meta),
    check: checkMeta,
  });

/** @type {Check} */
function checkMeta(text) {
  const entries = read(text);
  const keys = entries.map(({ key }) => key);
  const duplicates = new Set(keys.filter((key, i) => keys.indexOf(key) !== i));
  return [
    ...entries.filter(({ value }) => value === undefined).map(({ key }) => texts.meta.noSign(key)),
    ...[...duplicates].map(texts.meta.duplicate),
    ...findingsOf("meta", objectOf(entries)),
  ];
}

/** @param {Meta} [meta] */
export const metaText = (meta = {}) => metaOf(meta).join("\n");
/**
 * The value of a meta field as an object, or undefined if it is empty.
 * @param {FormField} field
 */
export const metaIn = ({ value }) => (value.trim() ? objectOf(read(value)) : undefined);

/**
 * One entry per line; without a `=`, the whole line is the key.
 * @param {string} text
 * @returns {{ key: string, value?: string }[]}
 */
const read = (text) =>
  lines(text).map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? { key: line } : { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
  });

/** @param {ReturnType<typeof read>} entries */
const objectOf = (entries) => Object.fromEntries(entries.map(({ key, value = "" }) => [key, value]));

/**
 * @param {string} label
 * @param {{ value?: string[], check?: () => FieldFinding[] }} [options]  check: called if the field is empty
 */
export const addressesField = (label, { value = [], check = () => [] } = {}) =>
  FormField.make({
    label,
    hint: texts.addresses.hint,
    tag: "textarea",
    rows: 2,
    value: value.join("\n"),
    check: (text) => (text.trim() ? findingsOf("server_external_addresses", lines(text)) : check()),
  });
/** @param {FormField} field */
export const addressesIn = ({ value }) => lines(value);

/**
 * @param {HTMLInputElement} input
 * @param {string} text
 */
export const choice = (input, text) => h("label", { class: "choice" }, input, " ", text);
