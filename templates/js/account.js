/** The account: views that need a session, behind one navigation. */
import { api } from './api.js';
import { openProfile } from './profile.js';
import { load, show } from './router.js';
import { leaveAccount, onSend, orSignIn } from './session.js';
import { openSessions } from './sessions.js';

export function openAccount(arrival) {
  const fetching = () => Promise.all([api.me(), api.sessions()]);
  load(
    fetching,
    ([me, sessions]) => {
      show('account', arrival.happened);
      openProfile(me);
      openSessions(sessions);
      onSend(document.getElementById('sign-out-form'), async () => {
        await api.signOut();
        leaveAccount('signed_out');
      });
    },
    orSignIn(arrival),
  );
}
