/**
 * What every view is made of. Words come from the page's templates and are filled in as text, never as markup.
 * Forms all work one way: check lightly, send once, and show what is wrong in a summary and at the field; whatever
 * happens, what was typed stays and the form can be sent again.
 */
import { Problem } from './client.js';

/** @type {HTMLTemplateElement} */
const catalogue = document.getElementById('messages');
const notice = document.querySelector('.notice');
const language = document.documentElement.lang;

/**
 * @param {string} id of a template
 * @returns {DocumentFragment}
 */
export function copy(id) {
  return document.getElementById(id).content.cloneNode(true);
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
  words.append(...entry.cloneNode(true).childNodes);
  fill(words, values);
  return words;
}

/** @returns {string | undefined} the field that a code without pointer belongs to */
function fieldOf(code) {
  return entryOf(code)?.dataset.field;
}

/** Says what has happened, if anything. The region stays when the view changes, so that it is read out. */
export function say(code, values) {
  notice.replaceChildren(code ? message(code, values) : '');
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

function unit(number, name) {
  return new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(number);
}

function entryOf(code) {
  return catalogue.content.querySelector(`[data-code="${CSS.escape(code)}"]`);
}

/** @typedef {{field?: string, code: string, detail?: string}} Fault */

/**
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, string>) => Promise<void>} send rejects with a Problem that is to be shown
 */
export function onSubmit(form, send) {
  for (const button of form.querySelectorAll('.reveal')) {
    button.addEventListener('click', () => reveal(button, fieldBeside(button).type === 'password'));
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (form.ariaBusy === 'true') {
      return;
    }
    clear();
    say();
    const values = Object.fromEntries(new FormData(form));
    const faults = missing(form, values);
    if (faults.length) {
      show(form, faults, {});
      return;
    }
    // Browsers remember what stands in an open field.
    form.querySelectorAll('.reveal').forEach((button) => reveal(button, false));
    mark(form, true);
    try {
      await send(values);
    } catch (error) {
      const problem = error instanceof Problem ? error : unexpected(error);
      if (form.isConnected) {
        showProblem(problem, form);
      }
    } finally {
      mark(form, false);
    }
  });
}

/**
 * @param {Problem} problem
 * @param {HTMLFormElement} [form] none when the problem came without one, such as a view that could not be loaded
 */
export function showProblem(problem, form) {
  show(form, faultsOf(problem), { ...problem.body, wait: duration(problem.retryAfter) });
}

/** @returns {Fault[]} */
function faultsOf(problem) {
  if (!problem.errors.length) {
    return [{ field: fieldOf(problem.code), code: problem.code, detail: problem.body.detail }];
  }
  return problem.errors.map(({ pointer, code, detail }) => ({ field: pointer.slice(1), code, detail }));
}

function unexpected(error) {
  console.error(error);
  return new Problem('unexpected');
}

/** Only what can be told without doubt; the API is the judge. */
function missing(form, values) {
  const faults = [];
  for (const input of inputs(form)) {
    const length = [...values[input.name].normalize('NFC')].length;
    if (input.required && !values[input.name].trim()) {
      faults.push({ field: input.name, code: 'required' });
    } else if (length < input.minLength) {
      faults.push({ field: input.name, code: `${input.name}_too_short` });
    } else if (input.type === 'email' && !/.@./.test(values[input.name])) {
      faults.push({ field: input.name, code: `${input.name}_invalid` });
    }
  }
  return faults;
}

/** @param {Fault[]} faults */
function show(form, faults, values) {
  const summary = document.querySelector('main .problems');
  summary.querySelector('ul').replaceChildren(...faults.map((fault) => listed(form, fault, values)));
  summary.hidden = false;
  summary.focus();
}

function listed(form, fault, values) {
  const item = document.createElement('li');
  const input = form && inputs(form).find(({ name }) => name === fault.field);
  if (!input) {
    item.append(words(fault, values));
    return item;
  }
  const link = document.createElement('a');
  link.href = `#${input.id}`;
  link.append(words(fault, values));
  link.addEventListener('click', (event) => {
    // The fragment belongs to the views.
    event.preventDefault();
    input.focus();
  });
  item.append(link);
  flag(input, words(fault, values));
  return item;
}

/** A field's own words first, then the code's, then what the API says of it. */
function words({ field, code, detail }, values) {
  return message(`${field}.${code}`, values) ?? message(code, values) ?? detail ?? message('unexpected');
}

function flag(input, text) {
  const error = errorOf(input);
  error.replaceChildren(text);
  error.hidden = false;
  input.ariaInvalid = 'true';
  describe(input, [error.id, hintOf(input)]);
}

/** Takes away every error in the view: only the last form sent has any. */
function clear() {
  const summary = document.querySelector('main .problems');
  summary.hidden = true;
  summary.querySelector('ul').replaceChildren();
  for (const input of document.querySelectorAll('main input[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
    errorOf(input).hidden = true;
    describe(input, [hintOf(input)]);
  }
}

function describe(input, ids) {
  const list = ids.filter(Boolean).join(' ');
  if (list) {
    input.setAttribute('aria-describedby', list);
  } else {
    input.removeAttribute('aria-describedby');
  }
}

function errorOf(input) {
  return document.getElementById(`${input.id}-error`);
}

function hintOf(input) {
  return document.getElementById(`${input.id}-hint`)?.id;
}

/** The button keeps the focus while it waits, which a disabled one would lose. */
function mark(form, busy) {
  form.ariaBusy = String(busy);
  form.querySelector('[type=submit]').ariaDisabled = String(busy);
}

function reveal(button, shown) {
  fieldBeside(button).type = shown ? 'text' : 'password';
  fill(button, { shown, hidden: !shown });
}

function fieldBeside(button) {
  return document.getElementById(button.getAttribute('aria-controls'));
}

/** @returns {HTMLInputElement[]} */
function inputs(form) {
  return [...form.querySelectorAll('input')];
}
