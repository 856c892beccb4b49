/** Changing one's password, or setting a first one. */
import { api } from './api.js';
import { Problem } from './client.js';
import { turnTo } from './router.js';
import { onSend } from './session.js';
import { fill } from './words.js';

/** @param {import('./client.js').User} me */
export function openPassword(me) {
  fill(document.getElementById('password'), { has_password: me.has_password, no_password: !me.has_password });
  onSend(document.getElementById('password-form'), async ({ current_password, password }) => {
    try {
      await api.changePassword({ current_password, password });
    } catch (problem) {
      throw problem.code === 'invalid_credentials' ? new Problem('current_password_wrong') : problem;
    }
    turnTo('security', { happened: 'password_changed' });
  });
  onSend(document.getElementById('first-password-form'), async ({ password }) => {
    await api.changePassword({ password });
    turnTo('security', { happened: 'password_set' });
  });
}
