// The fields that forms have in common: each knows its rule, and what its text means.
import { validatePeerName, validateToken } from "consul-peering";
import { h } from "../elements/dom.js";
import { FormField } from "./field.js";
import { metaOf } from "../list/columns.js";
import { texts } from "./texts.js";

/**
 * @import { Check, Told } from "./field.js"
 *
 * @typedef {Record<string, string>} Meta
 */

/** @param {string} text */
const lines = (text) => text.split("\n").flatMap((line) => line.trim() || []);
const ANY_NAME = "any";

/**
 * The findings of the package's own check that are about one part of a spec.
 * @param {"meta" | "server_external_addresses"} part
 * @param {unknown} value
 */
const findingsOf = (part, value) =>
  validateToken({ peer_name: ANY_NAME, [part]: value })
    .filter(({ field }) => field.startsWith(part))
    .map((finding) => ({ ...finding, message: finding.message.replace(finding.field, texts.fields[part]) }));

/**
 * @param {string} label
 * @param {{ value?: string, check?: Check }} [options]  check: what else is wrong with it, where the rule is kept
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
  const twice = new Set(keys.filter((key, i) => keys.indexOf(key) !== i));
  return [
    ...entries.filter(({ value }) => value === undefined).map(({ key }) => texts.meta.noSign(key)),
    ...[...twice].map(texts.meta.twice),
    ...findingsOf("meta", objectOf(entries)),
  ];
}

/** @param {Meta} [meta] */
export const metaText = (meta = {}) => metaOf(meta).join("\n");
/**
 * What a field of meta says: an object; undefined where it says nothing.
 * @param {FormField} field
 */
export const metaIn = ({ value }) => (value.trim() ? objectOf(read(value)) : undefined);

/**
 * Line by line; without a `=`, the key is the whole line.
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
 * @param {{ value?: string[], check?: () => Told[] }} [options]  check: asked where nothing is named
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
