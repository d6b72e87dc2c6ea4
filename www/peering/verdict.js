// The verdicts on the peerings that the page shows: by the package, from what their clusters confirm now.
import { health } from "consul-peering";
import { Verdicts } from "./verdicts.js";

/** @import { Half, Identity } from "../clusters/links.js" */

export const verdicts = new Verdicts(health);

/**
 * See `Verdicts.of`.
 * @param {Half} side
 * @param {Half | null} [other]
 * @param {Identity} [identity]
 */
export const verdictOf = (side, other, identity) => verdicts.of(side, other, identity);
