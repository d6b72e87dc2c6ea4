// `./inline` is the package once more, loaded in another way: the same functions, the same types.
// Compiled by `tsc -p tests/types/nodenext.json` and others; never run.
import * as inline from "consul-peering/inline";
import * as peering from "consul-peering";
import { same } from "./assert.js";

same<typeof inline, typeof peering>();
same<inline.Peering, peering.Peering>();

// @ts-expect-error nothing is there that only it has
inline.base64;
