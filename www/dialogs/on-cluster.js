// What is done on one cluster is offered where that is looked at; where there is but one, everywhere.

/** @import { Action, App } from "./actions.js" */

/**
 * @param {string} label
 * @param {(app: App, alias: string) => void} open
 * @returns {Action[]}
 */
export const onCluster = (label, open) => [
  {
    on: "page",
    label,
    fits: ({ clusters }) => clusters.size === 1,
    open: (app) => open(app, [...app.clusters][0].alias),
  },
  {
    on: "cluster",
    label,
    fits: ({ clusters }) => clusters.size > 1,
    open: (app, { alias = "" }) => open(app, alias),
  },
];
