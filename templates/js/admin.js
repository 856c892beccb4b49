/** Administration: users by name or address, one user, and the event log. */
import { api } from './api.js';
import { listPages, openEventLog } from './events.js';
import { openView } from './frame.js';
import { go } from './router.js';
import { onSend } from './session.js';
import { openUserView } from './user.js';
import { copy, day, fill } from './words.js';

export function openAdmin(arrival, prefix = '') {
  openView('admin', arrival, [() => api.listUsers(prefix)], (me, users) => {
    const [byName, byAddress] = ['prefix-form', 'find-form'].map((id) => document.getElementById(id));
    byName.elements.prefix.value = prefix;
    onSend(byName, async (values) => go(`admin/${encodeURIComponent(values.prefix.trim())}`));
    onSend(byAddress, async ({ email }) => go(`user/${(await api.findUser(email)).body.id}`));
    fill(document.querySelector('main'), { none: !users.body.items.length });
    listPages(users, (cursor) => api.listUsers(prefix, cursor), listed, document.getElementById('user-list'));
  });
}

export function openUser(arrival, id) {
  openView('user', arrival, [() => api.readUser(id)], (me, user) => openUserView(user.body));
}

export function openEvents(arrival, id) {
  openView('events', arrival, [() => api.allEvents(id)], (me, events) => {
    fill(document.querySelector('main'), { all: !id, one: id });
    openEventLog(events, (cursor) => api.allEvents(id, cursor));
  });
}

function listed(user) {
  const item = copy('user-item').firstElementChild;
  fill(item, { ...user, roles: user.roles.join(', '), created: day(user.created_at) });
  item.querySelector('a').href = `#user/${user.id}`;
  return item;
}
