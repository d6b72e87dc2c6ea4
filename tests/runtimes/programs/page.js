// The program in a page, and in the workers that a page starts.
import * as consul from "/node_modules/consul-peering/browser.js";
import * as another from "/node_modules/consul-peering-again/browser.js";
import { program } from "./program.js";

const policy = trustedTypes.createPolicy("tests", { createScriptURL: (url) => url });
const module = { type: "module" };

/** What the page reports by itself. */
export const messages = [];
addEventListener("error", ({ message }) => messages.push(message));
addEventListener("unhandledrejection", ({ reason }) => messages.push(String(reason)));
addEventListener("securitypolicyviolation", ({ violatedDirective }) => messages.push(violatedDirective));

export const hosts = {
  page: (addresses) => program(consul, addresses),

  async secondCopy(addresses) {
    await consul.init();
    return program(another, addresses);
  },

  worker: (addresses) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(policy.createScriptURL("/programs/web-worker.js"), module);
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(addresses);
    }),

  async serviceWorker(addresses) {
    const registered = await navigator.serviceWorker.register(
      policy.createScriptURL("/programs/service-worker.js"),
      module,
    );
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    (registered.installing ?? registered.active).postMessage(addresses, [port2]);
    return answer;
  },
};
