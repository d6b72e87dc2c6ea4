// What is done on one cluster is offered where that is looked at; where there is but one, everywhere.

/** @param {(app, alias: string) => void} open */
export const onCluster = (label, open) => [
  {
    on: "page",
    label,
    fits: ({ clusters }) => clusters.size === 1,
    open: (app) => open(app, [...app.clusters][0].alias),
  },
  { on: "cluster", label, fits: ({ clusters }) => clusters.size > 1, open: (app, { alias }) => open(app, alias) },
];
