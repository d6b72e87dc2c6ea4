// The entry for hosts without network: the checks, typed as in the main entry, and no call.

import * as whole from "consul-peering";
import type { Finding } from "consul-peering";
import * as policy from "consul-peering/policy";
import { typed } from "./assert.js";

const plan: unknown = JSON.parse("{}");
typed<Finding[]>()(policy.checkTerraform(plan));
typed<policy.Finding[]>()(whole.checkTerraform(plan, { now: new Date() }));
for (const { path } of policy.checkTerraform(plan)) {
  typed<string | undefined>()(path);
  // @ts-expect-error a finding may be about the whole plan
  path.length;
}
typed<void>()(policy.initSync(new Uint8Array(8)));
typed<policy.TokenInfo>()(policy.inspectToken("token"));
typed<policy.Health>()(policy.health({} as policy.Peering));

// @ts-expect-error a Date, not a number
policy.checkTerraform(plan, { now: 0 });
// @ts-expect-error a document is required
policy.checkTerraform();
// @ts-expect-error nothing is sent from here
policy.establish;
// @ts-expect-error nor read
policy.list;
