/**
 * Which view is open. A route is the first part of the fragment; what follows it, after slashes, is for the view.
 *
 * @typedef {{happened?: string} & Record<string, any>} Arrival what has just happened, to be said in the new view
 * @typedef {(arrival: Arrival, ...parts: string[]) => void} Opening
 */
import { onSubmit, showProblem } from './forms.js';
import { announceWait, copy, say } from './words.js';

const main = document.querySelector('main');
const brand = document.body.dataset.brand;

/** @type {Record<string, Opening>} */
let routes = {};
let view = new AbortController();

/** @param {Record<string, Opening>} table the one under '' opens where no route fits  @param {Arrival} arrival */
export function start(table, arrival) {
  routes = table;
  addEventListener('hashchange', () => follow());
  addEventListener('pageshow', ({ persisted }) => {
    // Out of the browser's memory may come an account that was signed out since.
    if (persisted) {
      follow();
    }
  });
  follow(arrival);
}

/** Goes to a view. @param {string} place its fragment  @param {Arrival} [arrival] */
export function go(place, arrival) {
  history.pushState(null, '', `#${place}`);
  follow(arrival);
}

/** Goes to a view in place of this one, to which there is no way back. */
export function turnTo(place, arrival) {
  history.replaceState(null, '', `#${place}`);
  follow(arrival);
}

/** @returns {string} the fragment of this view */
export function placeNow() {
  return location.hash.slice(1);
}

/** Takes what was in the link out of the address bar and the history. */
export function cleanAddress(place) {
  history.replaceState(null, '', `#${place}`);
}

function follow(arrival = {}) {
  const [name, ...parts] = placeNow().split('/').map(decoded);
  routes[Object.hasOwn(routes, name) ? name : ''](arrival, ...parts);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * @param {string} name of the view's template
 * @param {string} [happened]
 * @returns {AbortSignal} for when the view is left
 */
export function show(name, happened) {
  const left = leave();
  const arriving = document.title === brand;
  const { id, dataset } = document.getElementById(`${name}-view`);
  document.body.classList.toggle('wide', 'wide' in dataset);
  main.replaceChildren(copy(id));
  document.title = `${dataset.title} – ${brand}`;
  if (!arriving) {
    main.querySelector('h1').focus();
  }
  say(happened);
  return left;
}

/**
 * An empty view shows that something is on its way; what comes counts only if nobody went elsewhere.
 * @template T
 * @param {() => Promise<T>} fetching
 * @param {(loaded: T) => void} open
 * @param {(problem: Problem) => boolean} [settle] whether it took care of the problem
 */
export async function load(fetching, open, settle = () => false) {
  const left = leave();
  const done = announceWait();
  main.replaceChildren();
  let next;
  try {
    const loaded = await fetching();
    next = () => open(loaded);
  } catch (problem) {
    next = () => settle(problem) || unreached(problem, () => load(fetching, open, settle));
  }
  done();
  if (!left.aborted) {
    next();
  }
}

function unreached(problem, again) {
  show('unreached');
  showProblem(problem);
  onSubmit(main.querySelector('form'), again);
}

function leave() {
  view.abort();
  document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
  view = new AbortController();
  return view.signal;
}
