/**
 * Forms all work one way: check lightly, send once, and show what is wrong in a summary and at the field; whatever
 * happens, what was typed stays and the form can be sent again.
 */
import { Problem } from './client.js';
import { announceWait, duration, fieldOf, fill, message, say } from './words.js';

/** What the person broke off is no problem to be told of. */
export const GIVEN_UP = 'given_up';

/** @typedef {{field?: string, code: string, detail?: string}} Fault */

/**
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, string>) => Promise<void>} send rejects with a Problem that is to be shown;
 *   a button's `data-without` names a field that this button does without
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
    clear(form);
    say();
    const values = Object.fromEntries(new FormData(form));
    delete values[event.submitter?.dataset.without];
    const faults = missing(form, values);
    if (faults.length) {
      showFaults(form, faults, {});
      return;
    }
    // Browsers remember what stands in an open field.
    form.querySelectorAll('.reveal').forEach((button) => reveal(button, false));
    const done = announceWait();
    mark(form, true);
    try {
      await send(values);
    } catch (error) {
      const problem = error instanceof Problem ? error : unexpected(error);
      if (form.isConnected && problem.code !== GIVEN_UP) {
        showProblem(problem, form);
      }
    } finally {
      done();
      mark(form, false);
    }
  });
}

/**
 * @param {Problem} problem
 * @param {HTMLFormElement} [form] none when the problem came without one, such as a view that could not be loaded
 */
export function showProblem(problem, form) {
  showFaults(form, faultsOf(problem), { ...problem.body, wait: duration(problem.retryAfter) });
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
  for (const input of inputs(form).filter(({ name }) => Object.hasOwn(values, name))) {
    const value = values[input.name];
    if (input.required && !value.trim()) {
      faults.push({ field: input.name, code: 'required' });
    } else if ([...value.normalize('NFC')].length < input.minLength) {
      faults.push({ field: input.name, code: `${input.name}_too_short` });
    } else if (input.type === 'email' && !/.@./.test(value)) {
      faults.push({ field: input.name, code: `${input.name}_invalid` });
    }
  }
  return faults;
}

/** @param {Fault[]} faults */
function showFaults(form, faults, values) {
  const summary = place(form).querySelector('.problems');
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

/** Takes away every error in the view or dialog: only the last form sent has any. */
function clear(form) {
  const summary = place(form).querySelector('.problems');
  summary.hidden = true;
  summary.querySelector('ul').replaceChildren();
  for (const input of place(form).querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
    errorOf(input).hidden = true;
    describe(input, [hintOf(input)]);
  }
}

function place(form) {
  return form?.closest('dialog') ?? document.querySelector('main');
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
  for (const button of form.querySelectorAll('[type=submit]')) {
    button.ariaDisabled = String(busy);
  }
}

function reveal(button, shown) {
  fieldBeside(button).type = shown ? 'text' : 'password';
  fill(button, { shown, hidden: !shown });
}

function fieldBeside(button) {
  return document.getElementById(button.getAttribute('aria-controls'));
}

/** @returns {(HTMLInputElement | HTMLSelectElement)[]} */
function inputs(form) {
  return [...form.querySelectorAll('input, select')];
}
