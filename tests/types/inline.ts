// `./inline` is the same package, loaded in another way: the same functions, the same types.
// Compiled by `tsc -p tests/types/nodenext.json` and others; never run.
import * as inline from "consul-peering/inline";
import * as peering from "consul-peering";
import { same } from "./assert.js";

same<typeof inline, typeof peering>();
same<inline.Peering, peering.Peering>();

// @ts-expect-error it has no exports of its own
inline.base64;
