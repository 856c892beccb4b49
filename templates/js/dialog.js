/** Questions in place. The browser gives the focus back when a dialog closes; the router closes it with its view. */
import { onSubmit } from './forms.js';
import { copy, fill, message } from './words.js';

/**
 * @param {string} template
 * @param {(dialog: HTMLDialogElement, done: () => void) => void} prepare
 * @returns {Promise<boolean>} whether it was done, and not closed without
 */
export function ask(template, prepare) {
  document.body.append(copy(template));
  const dialog = document.body.lastElementChild;
  prepare(dialog, () => dialog.close('done'));
  dialog.showModal();
  dialog.querySelector(':scope > h2').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'done');
    });
  });
}

/**
 * @param {string} deed whose words the catalogue has
 * @param {Record<string, any>} [values]
 * @returns {Promise<boolean>} whether the person wants it
 */
export function confirmed(deed, values) {
  return ask('confirm-dialog', (dialog, done) => {
    fill(dialog, {
      question: message(deed, values),
      consequence: message(`${deed}.consequence`, values),
      action: message(`${deed}.action`, values),
    });
    onSubmit(document.getElementById('confirm-form'), async () => done());
  });
}
