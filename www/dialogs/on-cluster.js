// Actions on one cluster: offered in the view of that cluster, or on every view if there is only one cluster.

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
    isApplicable: ({ clusters }) => clusters.size === 1,
    open: (app) => open(app, [...app.clusters][0].alias),
  },
  {
    on: "cluster",
    label,
    isApplicable: ({ clusters }) => clusters.size > 1,
    open: (app, { alias = "" }) => open(app, alias),
  },
];
