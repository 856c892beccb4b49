/** The views of the account: each asks first who is signed in, and has the same frame. */
import { api } from './api.js';
import { openDeletionForm } from './deletion.js';
import { openEmail } from './email.js';
import { openOwnEvents } from './events.js';
import { openExport } from './export.js';
import { openView } from './frame.js';
import { openPasskeys } from './passkey-list.js';
import { openPassword } from './password.js';
import { openProfile } from './profile.js';
import { openSessions } from './sessions.js';
import { openTotp } from './totp.js';

export function openAccount(arrival) {
  openView('account', arrival, [], (me) => {
    openProfile(me);
    openEmail();
    openExport();
  });
}

export function openSecurity(arrival) {
  openView('security', arrival, [api.passkeys, api.sessions], (me, passkeys, sessions) => {
    openPassword(me.body);
    openPasskeys(passkeys);
    openTotp(me.body);
    openSessions(sessions);
  });
}

export function openActivity(arrival) {
  openView('activity', arrival, [() => api.events()], (me, events) => openOwnEvents(events, api.events));
}

export function openDeletion(arrival) {
  openView('delete', arrival, [], openDeletionForm);
}
