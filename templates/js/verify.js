/** Proving one's mailbox. `#verify/<registration>/<code>` comes from the mail. */
import { api } from './api.js';
import { Problem } from './client.js';
import { onSubmit, showProblem } from './forms.js';
import { forgetPending, keepAnswered, keepPending, pendingRegistration } from './pending.js';
import { cleanAddress, go, show, turnTo } from './router.js';
import { enter } from './session.js';
import { duration, fill, say } from './words.js';

/** @param {{answer?: import('./client.js').Answer}} arrival with the answer that sent a code just now */
export function verify({ answer } = {}, id = '', code = '') {
  // Out of the address bar and the history at once. Nothing is spent before the button is pressed.
  cleanAddress('verify');
  if (code && pendingRegistration()?.id !== id) {
    keepPending({ id, resendAt: 0 });
  }
  const pending = pendingRegistration();
  if (!pending || pending.expiresAt < Date.now()) {
    turnTo('register', { happened: pending && 'register_again' });
    return;
  }
  ask(pending, code);
  if (answer) {
    tellUnsent(answer);
  }
}

function ask(pending, code) {
  const left = show('verify');
  const form = document.getElementById('verify-form');
  form.elements.code.value = code;
  const mailed = pending.email && pending.resendAt && !code;
  fill(document.querySelector('main'), { email: pending.email, mailed, linked: code });
  onSubmit(form, (values) => prove(values.code.replace(/\s/g, '')));
  onSubmit(document.getElementById('resend-form'), () => resend(left));
  onSubmit(document.getElementById('address-form'), async ({ email }) => {
    sentTo(email, await api.changeAddress(pending.id, email));
  });
  countDown(left);
}

async function prove(code) {
  let verified;
  try {
    verified = await api.verify(pendingRegistration().id, code);
  } catch (problem) {
    if (problem.code !== 'username_taken') {
      throw problem;
    }
    go('register');
    showProblem(problem, document.getElementById('register-form'));
    return;
  }
  forgetPending();
  enter(verified.body.user, 'welcome');
}

async function resend(left) {
  const pending = pendingRegistration();
  try {
    sentTo(pending.email, await api.resend(pending.id));
  } catch (problem) {
    if (problem.status === 429) {
      keepPending({ ...pending, resendAt: Date.now() + problem.retryAfter * 1000 });
      countDown(left);
    }
    throw problem;
  }
}

function sentTo(email, answer) {
  keepAnswered({ ...pendingRegistration(), email }, answer);
  ask(pendingRegistration(), '');
  if (!tellUnsent(answer)) {
    say(email ? 'code_sent' : 'code_sent_again', { email });
    document.getElementById('verify-code').focus();
  }
}

function tellUnsent({ body }) {
  const unsent = body.registration.mail === 'not_sent';
  if (unsent) {
    showProblem(new Problem('mail_not_sent'));
  }
  return unsent;
}

function countDown(left) {
  const timer = setInterval(tick, 1000);
  const stop = () => clearInterval(timer);
  left.addEventListener('abort', stop);
  tick();

  function tick() {
    const seconds = (pendingRegistration().resendAt - Date.now()) / 1000;
    const form = document.getElementById('resend-form');
    const hint = document.getElementById('resend-wait');
    form.querySelector('button').disabled = seconds > 0;
    hint.hidden = seconds <= 0;
    fill(hint, { wait: duration(seconds) });
    if (seconds <= 0) {
      stop();
    }
  }
}
