/** Signing in: with a password, with a passkey by button, or with one that the browser offers in the field. */
import { api } from './api.js';
import { Problem } from './client.js';
import { onSubmit, showProblem } from './forms.js';
import { passkeysCanBeOffered, passkeysWork, usePasskey } from './passkeys.js';
import { go, show } from './router.js';
import { enter } from './session.js';
import { fill } from './words.js';

// Challenges live for five minutes; what is offered is renewed before.
const RENEWED = 240_000; // ms

export function signIn({ happened } = {}) {
  const left = show('sign-in', happened);
  fill(document.querySelector('main'), { passkeys: passkeysWork() });
  const form = document.getElementById('sign-in-form');
  let offered = offer(left, form);
  onSubmit(form, async (values) => {
    const { status, body } = await api.signIn(values);
    if (status === 202) {
      go('challenge', { challenge: body.challenge });
    } else {
      enter(body.user);
    }
  });
  onSubmit(document.getElementById('passkey-form'), async () => {
    // Browsers ask for one passkey at a time.
    offered.abort();
    try {
      await signInWith(await usePasskey(left));
    } catch (problem) {
      offered = offer(left, form);
      throw problem;
    }
  });
}

/** Offers passkeys in the field until the view is left. */
function offer(left, form) {
  const offered = new AbortController();
  left.addEventListener('abort', () => offered.abort());
  keepOffering(offered, form);
  return offered;
}

async function keepOffering(offered, form) {
  while (!offered.signal.aborted && (await passkeysCanBeOffered())) {
    const renewal = new AbortController();
    const timer = setTimeout(() => renewal.abort(), RENEWED);
    try {
      await signInWith(await usePasskey(AbortSignal.any([offered.signal, renewal.signal]), 'conditional'));
      return;
    } catch (problem) {
      if (offered.signal.aborted) {
        return;
      }
      if (!renewal.signal.aborted) {
        tell(problem, form);
        return;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What comes of an offer that nobody took up is nobody's problem. */
function tell(problem, form) {
  if (problem.code === 'passkey_unknown') {
    showProblem(problem, form);
  }
}

async function signInWith(credential) {
  let signedIn;
  try {
    signedIn = await api.signInWithPasskey(credential);
  } catch (problem) {
    throw problem.code === 'invalid_credentials' ? new Problem('passkey_unknown') : problem;
  }
  enter(signedIn.body.user);
}
