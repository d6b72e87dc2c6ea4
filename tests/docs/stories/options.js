// docs/options.md: a real Consul accepts the CORS headers.

import { assertConfigures } from "../programs.js";

export default async function tell(t, take) {
  await t.test("CORS headers", () => assertConfigures(take("CORS headers", "hcl")));
}
