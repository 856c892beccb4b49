/** The language of the page, which a cookie tells the server: chosen in the footer, or that of the account. */
import { forget, remember, remembered } from './memory.js';
import { cleanAddress } from './router.js';

const YEAR = 365 * 24 * 3600; // s
const HAPPENED = ['sessionStorage', 'happened'];
const offered = [...document.querySelectorAll('.languages button')];

export function offerLanguages() {
  for (const choice of offered) {
    choice.addEventListener('click', () => speak(choice.value));
  }
}

/**
 * Keeps the language, and fetches the page again where it is in another one.
 * @param {string | null} locale `de-AT` is content with `de`; what there is no page for changes nothing
 * @param {{place?: string, happened?: string}} [next] the view that opens then, and what is said in it
 * @returns {boolean} whether the page comes again
 */
export function speak(locale, { place, happened } = {}) {
  const tag = offered.map(({ value }) => value).find((value) => `${locale}-`.startsWith(`${value}-`));
  if (!tag) {
    return false;
  }
  // `__Host-` holds a cookie to this host and to TLS; plain HTTP on loopback cannot have it.
  const [prefix, secure] = location.protocol === 'https:' ? ['__Host-', '; secure'] : ['', ''];
  document.cookie = `${prefix}language=${tag}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  if (tag === document.documentElement.lang) {
    return false;
  }
  if (place) {
    cleanAddress(place);
  }
  if (happened) {
    remember(...HAPPENED, happened);
  }
  location.reload();
  return true;
}

/** What is to be said now that the page has come again. */
export function happenedBefore() {
  const happened = remembered(...HAPPENED) ?? undefined;
  forget(...HAPPENED);
  return happened;
}
