import * as consul from "consul-peering/inline";
import { outcome } from "./outcome.js";

outcome(consul).then((observed) => console.log(JSON.stringify(observed)));
