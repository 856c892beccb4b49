/** Words come from the page's templates, and are filled in as text, never as markup. */

// The digits are those of the texts and of the codes.
const language = `${document.documentElement.lang}-u-nu-latn`;
const NOTICEABLE = 1000; // ms

/**
 * @param {string} id of a template
 * @returns {DocumentFragment}
 */
export function copy(id) {
  return document.importNode(document.getElementById(id).content, true);
}

/** Puts each value wherever `data-value` asks for it; what names one in `data-if` shows only if that is true. */
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const element of root.querySelectorAll(`[data-value="${CSS.escape(name)}"]`)) {
      element.replaceChildren(value ?? '');
    }
    for (const element of root.querySelectorAll(`[data-if="${CSS.escape(name)}"]`)) {
      element.hidden = !value;
    }
  }
}

/**
 * The catalogue's words for a code.
 * @param {string} code
 * @param {Record<string, any>} [values]
 * @returns {DocumentFragment | null}
 */
export function message(code, values = {}) {
  const entry = entryOf(code);
  if (!entry) {
    return null;
  }
  const words = document.createDocumentFragment();
  words.append(...document.importNode(entry, true).childNodes);
  fill(words, values);
  return words;
}

/** @returns {string | undefined} the field that a code without pointer belongs to */
export function fieldOf(code) {
  return entryOf(code)?.dataset.field;
}

/** Says what has happened, if anything. The region stays when the view changes, so that it is read out. */
export function say(code, values) {
  document.querySelector('.notice').replaceChildren(code ? message(code, values) : '');
}

/**
 * Tells whoever listens that something takes its time.
 * @returns {() => void} to be called when it is there
 */
export function announceWait() {
  const progress = document.getElementById('progress');
  const timer = setTimeout(() => progress.replaceChildren(message('waiting')), NOTICEABLE);
  return () => {
    clearTimeout(timer);
    progress.replaceChildren();
  };
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) {
    return unit(whole, 'second');
  }
  return whole < 3600 ? unit(Math.ceil(whole / 60), 'minute') : unit(Math.ceil(whole / 3600), 'hour');
}

/** @param {string} time RFC 3339 */
export function day(time) {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date(time));
}

/** @param {string} time RFC 3339 */
export function moment(time) {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}

/** @param {string} time RFC 3339  @param {number} now */
export function ago(time, now) {
  const minutes = Math.min(0, Math.round((Date.parse(time) - now) / 60_000));
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (minutes > -60) {
    return words.format(minutes, 'minute');
  }
  return minutes > -1440
    ? words.format(Math.round(minutes / 60), 'hour')
    : words.format(Math.round(minutes / 1440), 'day');
}

/** @param {string} tag such as `pt-BR` */
export function languageName(tag) {
  return new Intl.DisplayNames(language, { type: 'language' }).of(tag);
}

function unit(number, name) {
  return new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(number);
}

function entryOf(code) {
  for (const catalogue of document.querySelectorAll('template.messages')) {
    const entry = catalogue.content.querySelector(`[data-code="${CSS.escape(code)}"]`);
    if (entry) {
      return entry;
    }
  }
  return null;
}
