import * as consul from "consul-peering/inline";
import { outcome } from "./outcome.js";

window.outcome = outcome(consul);
