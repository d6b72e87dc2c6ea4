// The fields that forms have in common: each knows its rule, and what its text means.
import { validatePeerName, validateToken } from "consul-peering";
import { h } from "../elements/dom.js";
import { FormField } from "./field.js";
import { metaOf } from "../list/columns.js";
import { texts } from "./texts.js";

const lines = (text) => text.split("\n").flatMap((line) => line.trim() || []);
const ANY_NAME = "any";

/** The findings of the package's own check that are about one part of a spec. */
const findingsOf = (part, value) =>
  validateToken({ peer_name: ANY_NAME, [part]: value })
    .filter(({ field }) => field.startsWith(part))
    .map((finding) => ({ ...finding, message: finding.message.replace(finding.field, texts.fields[part]) }));

/** @param {(name: string) => Finding[]} [check]  what else is wrong with it, where the rule is kept */
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

export const metaField = (alias, meta) =>
  FormField.make({
    label: texts.meta.label(alias),
    hint: texts.meta.hint,
    tag: "textarea",
    rows: 2,
    value: metaText(meta),
    check: (text) => {
      const entries = read(text);
      const keys = entries.map(([key]) => key);
      const twice = new Set(keys.filter((key, i) => keys.indexOf(key) !== i));
      return [
        ...entries.filter(([, value]) => value === undefined).map(([line]) => texts.meta.noSign(line)),
        ...[...twice].map(texts.meta.twice),
        ...findingsOf("meta", Object.fromEntries(entries.map(([key, value = ""]) => [key, value]))),
      ];
    },
  });

export const metaText = (meta = {}) => metaOf(meta).join("\n");
/** What a field of meta says: an object; undefined where it says nothing. */
export const metaIn = ({ value }) => (value.trim() ? Object.fromEntries(read(value)) : undefined);

const read = (text) =>
  lines(text).map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [line] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });

/** @param {(text: string) => Finding[]} [check]  asked where nothing is named */
export const addressesField = (label, { value = [], check = () => [] } = {}) =>
  FormField.make({
    label,
    hint: texts.addresses.hint,
    tag: "textarea",
    rows: 2,
    value: value.join("\n"),
    check: (text) => (text.trim() ? findingsOf("server_external_addresses", lines(text)) : check()),
  });
export const addressesIn = ({ value }) => lines(value);

export const choice = (input, text) => h("label", { class: "choice" }, input, " ", text);
