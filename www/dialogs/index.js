// What can be done: each dialog is offered where its action says.
import { actions } from "./actions.js";
import { againAction, connectAction } from "./connect.js";
import { establishActions } from "./establish.js";
import { generateActions } from "./generate.js";
import { removeAction } from "./remove.js";
import { rotateAction } from "./rotate.js";

actions.push(connectAction, ...generateActions, ...establishActions, againAction, rotateAction, removeAction);
