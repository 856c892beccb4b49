/** One user, as an administrator sees and changes them. */
import { api } from './api.js';
import { confirmed } from './dialog.js';
import { turnTo } from './router.js';
import { onSend } from './session.js';
import { day, fill, say } from './words.js';

/** @param {import('./client.js').Account} user */
export function openUserView(user) {
  const on = (form, send) => onSend(document.getElementById(form), send);
  const name = user.username;
  const administer = async (deed, happened) => {
    write((await api.administer(user.id, deed)).body);
    say(happened);
  };
  write(user);
  on('disable-form', () => administer('disable', 'user_disabled'));
  on('enable-form', () => administer('enable', 'user_enabled'));
  on('end-sessions-form', () => administer('end-sessions', 'user_sessions_ended'));
  on('reset-factors-form', async () => {
    if (await confirmed('reset_factors', { name })) {
      await administer('reset-second-factors', 'user_factors_reset');
    }
  });
  on('roles-form', async ({ roles }) => {
    write((await api.setRoles(user.id, roles.split(/[\s,]+/).filter(Boolean))).body);
    say('roles_saved');
  });
  on('delete-user-form', async () => {
    if (await confirmed('delete_user', { name })) {
      await api.deleteUser(user.id);
      turnTo('admin', { happened: 'user_deleted', values: { name } });
    }
  });
}

function write(user) {
  const main = document.querySelector('main');
  fill(main, {
    user_name: user.username,
    id: user.id,
    email: user.email,
    display_name: user.display_name,
    created: day(user.created_at),
    enabled: !user.disabled,
    disabled: user.disabled,
    has_password: user.has_password,
    no_password: !user.has_password,
    passkeys: String(user.passkeys),
    sessions: String(user.sessions),
    totp: user.second_factors.includes('totp'),
    no_totp: !user.second_factors.includes('totp'),
    factors: user.second_factors.length,
  });
  main.querySelector('[data-link="events"]').href = `#events/${user.id}`;
  document.getElementById('roles-form').elements.roles.value = user.roles.join(' ');
}
