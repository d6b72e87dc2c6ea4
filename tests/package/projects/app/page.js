import * as consul from "consul-peering";
import { outcome } from "./outcome.js";

window.outcome = outcome(consul);
