/** Registering, with a password or with a passkey in its place. */
import { api } from './api.js';
import { Problem } from './client.js';
import { onSubmit } from './forms.js';
import { createPasskey, passkeysWork } from './passkeys.js';
import { keepAnswered, pendingRegistration } from './pending.js';
import { go, show } from './router.js';
import { fill } from './words.js';

export function register({ happened } = {}) {
  show('register', happened);
  const form = document.getElementById('register-form');
  const pending = pendingRegistration();
  fill(form, { passkeys: passkeysWork() });
  form.elements.username.value = pending?.username ?? '';
  form.elements.email.value = pending?.email ?? '';
  let attempt = {};
  onSubmit(form, async (values) => {
    const content = JSON.stringify(values);
    if (attempt.content !== content) {
      attempt = { content, key: crypto.randomUUID() };
    }
    try {
      const registration = { ...values, locale: document.documentElement.lang };
      const answer = await api.register(await withCredential(registration, attempt), attempt.key);
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

/** A passkey takes the password's place; for one registration there is one. */
async function withCredential(values, attempt) {
  if ('password' in values) {
    return values;
  }
  attempt.passkey ??= await createPasskey((await api.signUpOptions(values)).body);
  return { ...values, passkey: attempt.passkey };
}

/** A registration holds its username, even from the one who began it. */
function isPending(username) {
  return pendingRegistration()?.username?.toLowerCase() === username.toLowerCase();
}
