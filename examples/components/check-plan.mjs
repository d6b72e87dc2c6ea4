// node check-plan.mjs PLAN.json: what is wrong with the peerings of a Terraform plan. Exits 1 if there is an error.
// Before: npx jco transpile consul-peering-policy.wasm --name policy -o policy
import { readFileSync } from "node:fs";
import process from "node:process";
import { policy } from "./policy/policy.js";

const findings = policy.checkTerraform(readFileSync(process.argv[2], "utf8"), BigInt(Date.now()));
for (const { severity, path, message, fix } of findings) console.log(severity, path ?? "plan", message, fix);
process.exitCode = findings.some(({ severity }) => severity === "error") ? 1 : 0;
