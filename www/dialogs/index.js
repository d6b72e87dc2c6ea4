// Registers all actions, in the order of their buttons.
import { actions } from "./actions.js";
import { reconnectAction, connectAction } from "./connect.js";
import { establishActions } from "./establish.js";
import { generateActions } from "./generate.js";
import { removeAction } from "./remove.js";
import { rotateAction } from "./rotate.js";

actions.push(connectAction, ...generateActions, ...establishActions, reconnectAction, rotateAction, removeAction);
