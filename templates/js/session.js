/** Who is signed in, as far as views have to know. */
import { onSubmit } from './forms.js';
import { speak } from './language.js';
import { forget, remember, remembered } from './memory.js';
import { go, placeNow, turnTo } from './router.js';

// Where somebody was on the way to when there was no session, so that signing in leads there.
let wanted = '';

const BEFORE = ['localStorage', 'signed-in-before'];

/** Whether somebody signed in with this browser before; nothing about them is kept. */
export function signedInBefore() {
  return Boolean(remembered(...BEFORE));
}

/** @param {import('./client.js').User} user whose language the page takes on  @param {string} [happened] */
export function enter({ locale }, happened) {
  remember(...BEFORE, true);
  const place = wanted || 'account';
  wanted = '';
  if (!speak(locale, { place, happened })) {
    go(place, { happened });
  }
}

/** What is left in the browser of an account that is gone. */
export function forgetEverything() {
  forget(...BEFORE);
}

/** @param {string} [back] the place to come back to */
export function leaveAccount(happened, back = '') {
  wanted = back;
  turnTo('sign-in', { happened });
}

/**
 * For `load`: a view of the account that nobody is signed in for leads to the door.
 * @param {{unasked?: boolean}} arrival `unasked` where nobody asked for this view, and so nothing has to be said
 */
export function orSignIn({ unasked }) {
  return ({ code }) => {
    const nobody = code === 'not_authenticated';
    if (nobody) {
      leaveAccount(unasked ? undefined : 'sign_in_first', placeNow());
    }
    return nobody;
  };
}

/** As `onSubmit`, in a view that needs a session: where it has ended, the view does too. */
export function onSend(form, send) {
  onSubmit(form, async (values) => {
    try {
      await send(values);
    } catch (problem) {
      if (problem.code !== 'not_authenticated') {
        throw problem;
      }
      leaveAccount('session_over', placeNow());
    }
  });
}
