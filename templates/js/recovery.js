/** A forgotten password, and an address that somebody else changed. Links come from mails; opening one spends nothing. */
import { api } from './api.js';
import { Problem } from './client.js';
import { onSubmit } from './forms.js';
import { cleanAddress, go, show, turnTo } from './router.js';
import { fill } from './words.js';

export function forgot({ sentTo } = {}) {
  if (sentTo) {
    show('forgot-sent');
    fill(document.querySelector('main'), { email: sentTo });
    return;
  }
  show('forgot');
  onSubmit(document.getElementById('forgot-form'), async ({ email }) => {
    await api.resetPassword(email);
    go('forgot/sent', { sentTo: email });
  });
}

export function reset(arrival, token = '') {
  if (!token) {
    turnTo('forgot');
    return;
  }
  cleanAddress('reset');
  show('reset');
  onSubmit(document.getElementById('reset-form'), async ({ password }) => {
    await api.completeReset(token, password);
    turnTo('sign-in', { happened: 'password_reset' });
  });
}

export function undo(arrival, token = '') {
  if (!token) {
    turnTo('');
    return;
  }
  cleanAddress('undo');
  show('undo');
  onSubmit(document.getElementById('undo-form'), async () => {
    try {
      await api.undoEmailChange(token);
    } catch (problem) {
      throw problem.code === 'token_invalid' ? new Problem('undo_invalid') : problem;
    }
    turnTo('sign-in', { happened: 'address_restored' });
  });
}
