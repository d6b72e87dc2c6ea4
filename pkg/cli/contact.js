// Reports clusters that do not respond while a call waits for them, so that a long wait is never silent.

const PATIENCE_MS = 2_500; // a restart or an election often takes less

/**
 * @import { Progress } from "../index.js"
 */

/**
 * @param {object} options
 * @param {(text: string) => void} options.report
 * @param {(address: string) => string} options.nameOf a cluster as people know it
 */
export function createContact({ report, nameOf }) {
  /**
   * By address: what was reported, and what will be when its timer fires.
   * @type {Map<string, { reported?: string, text?: string, timer?: NodeJS.Timeout }>}
   */
  const lost = new Map();

  /**
   * @param {string} address
   * @param {string} reason
   */
  const say = (address, reason) => {
    const state = lost.get(address) ?? {};
    if (state.reported === undefined) report(`${nameOf(address)}: ${reason}`);
    lost.set(address, { ...state, reported: reason });
  };

  return {
    /**
     * Handles an event of a call.
     * @param {Progress} event
     */
    handle({ kind, cluster, text }) {
      if (kind === "no_response") say(cluster, `${text}; still waiting`);
      if (kind === "retry") {
        const state = lost.get(cluster) ?? {};
        state.text = text;
        state.timer ??= setTimeout(() => say(cluster, state.text ?? text), PATIENCE_MS).unref();
        lost.set(cluster, state);
      }
      if (kind === "recovered") {
        const { reported, timer } = lost.get(cluster) ?? {};
        clearTimeout(timer);
        lost.delete(cluster);
        if (reported !== undefined) report(`${nameOf(cluster)} responds again.`);
      }
    },
    end() {
      for (const { timer } of lost.values()) clearTimeout(timer);
    },
  };
}
