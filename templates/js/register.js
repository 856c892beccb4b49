/** Registering with a password. */
import { api } from './api.js';
import { Problem } from './client.js';
import { onSubmit } from './forms.js';
import { keepAnswered, pendingRegistration } from './pending.js';
import { go, show } from './router.js';

export function register({ happened } = {}) {
  show('register', happened);
  const form = document.getElementById('register-form');
  const pending = pendingRegistration();
  form.elements.username.value = pending?.username ?? '';
  form.elements.email.value = pending?.email ?? '';
  let attempt = {};
  onSubmit(form, async (values) => {
    const content = JSON.stringify(values);
    if (attempt.content !== content) {
      attempt = { content, key: crypto.randomUUID() };
    }
    try {
      const answer = await api.register({ ...values, locale: document.documentElement.lang }, attempt.key);
      keepAnswered({ username: values.username, email: values.email }, answer);
      go('verify', { answer });
    } catch (problem) {
      // Only after a broken connection is the same content the same registration.
      if (problem.status < 500) {
        attempt = {};
      }
      throw problem.code === 'username_taken' && isPending(values.username)
        ? new Problem('username_pending')
        : problem;
    }
  });
}

/** A registration holds its username, even from the one who began it. */
function isPending(username) {
  return pendingRegistration()?.username?.toLowerCase() === username.toLowerCase();
}
