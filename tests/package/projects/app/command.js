import * as consul from "consul-peering";
import { outcome } from "./outcome.js";

outcome(consul).then((seen) => console.log(JSON.stringify(seen)));
