// The verdicts on the peerings that the page shows: by the package, from what their clusters confirm now.
import { health } from "consul-peering";
import { Verdicts } from "./verdicts.js";

export const verdicts = new Verdicts(health);

/** See `Verdicts.of`. */
export const verdictOf = (side, other, identity) => verdicts.of(side, other, identity);
