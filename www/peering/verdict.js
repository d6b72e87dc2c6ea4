// The cached verdicts on the peerings of the page.
import { health } from "consul-peering";
import { Verdicts } from "./verdicts.js";

/** @import { PeeringSide, Identity } from "../clusters/links.js" */

export const verdicts = new Verdicts(health);

/**
 * See `Verdicts.of`.
 * @param {PeeringSide} side
 * @param {PeeringSide | null} [other]
 * @param {Identity} [identity]
 */
export const verdictOf = (side, other, identity) => verdicts.of(side, other, identity);
