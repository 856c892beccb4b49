/** The end of an account. */
import { api } from './api.js';
import { forgetEverything, onSend } from './session.js';
import { turnTo } from './router.js';

export function openDeletionForm() {
  onSend(document.getElementById('delete-form'), async () => {
    await api.deleteMe();
    forgetEverything();
    turnTo('register', { happened: 'account_deleted' });
  });
}
