/** A recent proof that it is the person, asked for in the middle of what they do. */
import { api } from './api.js';
import { Problem } from './client.js';
import { ask } from './dialog.js';
import { GIVEN_UP, onSubmit } from './forms.js';
import { passkeysWork, usePasskey } from './passkeys.js';
import { fill } from './words.js';

let asking = null;

/** Rejects when the person would rather not. Two calls at once ask one question. */
export function stepUp() {
  asking ??= question().finally(() => {
    asking = null;
  });
  return asking;
}

async function question() {
  const [{ body: me }, { body: passkeys }] = await Promise.all([api.me(), api.passkeys()]);
  const ways = {
    passkeys: passkeysWork() && passkeys.items.length > 0,
    has_password: me.has_password,
    totp: me.second_factors.includes('totp'),
  };
  const proved = await ask('step-up-dialog', (dialog, done) => {
    fill(dialog, { ...ways, none: !Object.values(ways).some(Boolean) });
    dialog.querySelector('[data-username]')?.setAttribute('value', me.username);
    const proveBy = (name, proof) =>
      onSubmit(dialog.querySelector(`#step-up-${name}-form`), async (values) => {
        await prove(name, await proof(values));
        done();
      });
    proveBy('passkey', () => usePasskey());
    proveBy('password', ({ password }) => password);
    proveBy('totp', ({ totp }) => totp.replace(/\s/g, ''));
  });
  if (!proved) {
    throw new Problem(GIVEN_UP);
  }
}

async function prove(name, proof) {
  try {
    await api.stepUp({ [name]: proof });
  } catch (problem) {
    throw ['invalid_credentials', 'invalid_code'].includes(problem.code) ? new Problem(`${name}_wrong`) : problem;
  }
}
