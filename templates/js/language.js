/** The language of the page, which a cookie tells the server: chosen here, or that of the account. */

const YEAR = 365 * 24 * 3600; // s
const choices = [...document.querySelectorAll('.languages button')];

export function offerLanguages() {
  for (const choice of choices) {
    choice.addEventListener('click', () => speak(choice.value));
  }
}

/**
 * Keeps the language, and fetches the page again where it is in another one.
 * @param {string | null} locale `de-AT` is content with `de`; what there is no page for changes nothing
 * @returns {boolean} whether the page comes again
 */
export function speak(locale) {
  const tag = choices.map(({ value }) => value).find((value) => `${locale}-`.startsWith(`${value}-`));
  if (!tag) {
    return false;
  }
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `language=${tag}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  // Where cookies are refused, the page would come in the old language again and again.
  const kept = document.cookie.split('; ').includes(`language=${tag}`);
  const other = kept && tag !== document.documentElement.lang;
  if (other) {
    location.reload();
  }
  return other;
}
