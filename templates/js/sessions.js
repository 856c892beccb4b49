/** Where somebody is signed in. */
import { api } from './api.js';
import { device } from './devices.js';
import { onSend } from './session.js';
import { ago, copy, fill, say } from './words.js';

/** @param {import('./client.js').Answer<{items: import('./client.js').Session[]}>} sessions */
export function openSessions({ body, time }) {
  const list = document.getElementById('session-list');
  const others = document.getElementById('end-others-form');
  const current = body.items.filter((session) => session.current);
  const rest = body.items.filter((session) => !session.current);
  const drop = (items, happened) => {
    items.forEach((item) => item.remove());
    others.hidden = list.children.length <= current.length;
    document.getElementById('sessions-heading').focus();
    say(happened);
  };
  list.replaceChildren(...[...current, ...rest].map((session) => sessionItem(session, time, drop)));
  others.hidden = !rest.length;
  onSend(others, async () => {
    await api.endOtherSessions();
    drop([...list.children].slice(current.length), 'others_ended');
  });
}

function sessionItem(session, now, drop) {
  const item = copy('session-item').firstElementChild;
  fill(item, {
    device: device(session.user_agent),
    device_name: device(session.user_agent),
    ip_prefix: session.ip_prefix.replace('/32', ''),
    seen: ago(session.last_seen_at, now),
    current: session.current,
    other: !session.current,
  });
  onSend(item.querySelector('form'), async () => {
    try {
      await api.endSession(session.id);
    } catch (problem) {
      // Ended elsewhere is ended, too.
      if (problem.status !== 404) {
        throw problem;
      }
    }
    drop([item], 'session_ended');
  });
  return item;
}
