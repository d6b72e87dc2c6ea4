// The build's output in this folder, for the type check of the JavaScript that imports it. Not in the package.

import type { Finding, ModuleSource } from "./index.js";

export * from "./index.js";
export function init(module: ModuleSource): Promise<void>;

/** The environment's settings for its cluster: `null` is unset, a finding is why a setting cannot be used. */
export interface Environment {
  address: string | Finding;
  token: string | Finding | null;
  token_file: string | null;
  authorization: string | null;
  partition: string | null;
  ca_file: string | null;
  cert_file: string | null;
  key_file: string | null;
  tls_server_name: string | null;
}

/** Only for the command line. */
declare const rules: {
  environment(variables: NodeJS.ProcessEnv): Environment & { findings: Finding[] };
  address(field: string, text: string, variables: NodeJS.ProcessEnv): string | Finding;
};
export default rules;
