/** The second step of signing in, after the right password. */
import { api } from './api.js';
import { onSubmit } from './forms.js';
import { show, turnTo } from './router.js';
import { enter } from './session.js';
import { fill } from './words.js';

const FORMS = { totp: 'totp-form', recovery_code: 'recovery-code-form' };

/** @param {{challenge?: import('./client.js').Challenge}} arrival none after a reload, which begins again */
export function answerChallenge({ challenge } = {}) {
  if (!challenge) {
    turnTo('sign-in');
    return;
  }
  show('challenge');
  for (const [method, form] of Object.entries(FORMS)) {
    fill(document.querySelector('main'), { [method]: challenge.methods.includes(method) });
    onSubmit(document.getElementById(form), ({ code }) => answer(challenge, method, code.trim()));
  }
}

async function answer(challenge, method, code) {
  let signedIn;
  try {
    signedIn = await api.answerChallenge(challenge.id, method, code);
  } catch (problem) {
    if (problem.code !== 'challenge_expired') {
      throw problem;
    }
    turnTo('sign-in', { happened: 'challenge_over' });
    return;
  }
  enter(signedIn.body.user);
}
