/** Views that are fetched when they are asked for, with their scripts. */
import { Problem } from './client.js';
import { load } from './router.js';

const fetched = new Set();

/**
 * @param {() => Promise<Record<string, import('./router.js').Opening>>} script
 * @param {string} name of the opening in it
 * @param {string} views the file that they are in
 * @returns {import('./router.js').Opening}
 */
export function later(script, name, views) {
  return (...arrival) => {
    const fetching = () => Promise.all([script().catch(unfetched), fetchViews(views)]);
    load(fetching, ([module]) => module[name](...arrival));
  };
}

/** A document that XMLHttpRequest parses runs nothing, and is not made of a string, which the policy forbids. */
export async function fetchViews(name) {
  if (fetched.has(name)) {
    return;
  }
  const templates = await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', document.body.dataset[name]);
    request.responseType = 'document';
    request.onload = () => resolve(request.status === 200 ? request.responseXML : null);
    request.onerror = () => resolve(null);
    request.send();
  });
  if (!templates) {
    unfetched();
  }
  document.body.append(...templates.querySelectorAll('template'));
  fetched.add(name);
}

function unfetched() {
  throw new Problem('offline');
}
