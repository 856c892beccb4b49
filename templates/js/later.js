/** Views that are fetched when they are asked for, with their scripts. */
import { Problem } from './client.js';
import { load } from './router.js';

const present = new Set();

/**
 * @param {() => Promise<Record<string, import('./router.js').Opening>>} script
 * @param {string} name of the opening in it
 * @param {...string} views the files that its templates are in
 * @returns {import('./router.js').Opening}
 */
export function later(script, name, ...views) {
  return (...arrival) => load(() => fetched(script, ...views), ([module]) => module[name](...arrival));
}

/** @returns {Promise<[any]>} the script, once its views are there too */
export function fetched(script, ...views) {
  return Promise.all([script().catch(unreachable), ...views.map(fetchViews)]);
}

/** A document that XMLHttpRequest parses runs nothing, and is not made of a string, which the policy forbids. */
async function fetchViews(name) {
  if (present.has(name)) {
    return;
  }
  const request = new XMLHttpRequest();
  request.open('GET', document.body.dataset[name]);
  request.responseType = 'document';
  await new Promise((resolve) => {
    request.onloadend = resolve;
    request.send();
  });
  if (request.status !== 200 || !request.responseXML) {
    unreachable();
  }
  // Two views may have asked for them at once.
  if (!present.has(name)) {
    present.add(name);
    document.body.append(...request.responseXML.querySelectorAll('template'));
  }
}

function unreachable() {
  throw new Problem('offline');
}
