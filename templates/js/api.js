/** The page's own client: whatever needs a recent proof asks for it in place, and then goes on. */
import { Problem, createClient } from './client.js';

let ask = async () => {
  throw new Problem('step_up_required');
};

/** @param {() => Promise<void>} question resolves when the proof was given */
export function proveBy(question) {
  ask = question;
}

export const api = createClient({ language: document.documentElement.lang, stepUp: () => ask() });
