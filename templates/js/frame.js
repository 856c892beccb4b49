/** What every view of the account has: a session, the name of who is signed in, and the way out. */
import { api } from './api.js';
import { load, show } from './router.js';
import { leaveAccount, onSend, orSignIn } from './session.js';
import { fill, say } from './words.js';

/**
 * @param {string} name
 * @param {import('./router.js').Arrival} arrival
 * @param {(() => Promise<any>)[]} needed what the view shows, beside who is signed in
 * @param {(me: import('./client.js').Answer<import('./client.js').User>, ...loaded: any[]) => void} open
 */
export function openView(name, arrival, needed, open) {
  load(
    () => Promise.all([api.me(), ...needed.map((fetch) => fetch())]),
    ([me, ...loaded]) => {
      show(name);
      frame(me.body);
      open(me, ...loaded);
      say(arrival.happened, arrival.values);
    },
    orSignIn(arrival),
  );
}

function frame(user) {
  const main = document.querySelector('main');
  fill(main, { username: user.username, admin: user.roles.includes('admin') });
  for (const field of main.querySelectorAll('[data-username]')) {
    field.value = user.username;
  }
  const signOut = document.getElementById('sign-out-form');
  if (signOut) {
    onSend(signOut, async () => {
      await api.signOut();
      leaveAccount('signed_out');
    });
  }
}
