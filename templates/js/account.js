/** The account view: what is known of the person, and where they are signed in. */
import * as api from './client.js';
import { ago, copy, day, fill, message, onSubmit, say } from './view.js';

const FIELDS = ['display_name', 'username', 'locale'];

// The first that fits: many browsers name others, too.
const BROWSERS = [
  [/Edg/, 'Edge'],
  [/OPR/, 'Opera'],
  [/SamsungBrowser/, 'Samsung Internet'],
  [/Firefox|FxiOS/, 'Firefox'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
];
const SYSTEMS = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

export async function load() {
  const [me, sessions] = await Promise.all([api.me(), api.sessions()]);
  return { me, sessions };
}

/**
 * @param {{me: api.Answer, sessions: api.Answer}} loaded
 * @param {(happened: string) => void} leave
 */
export function open({ me, sessions }, leave) {
  const onSend = (form, send) =>
    onSubmit(form, async () => {
      try {
        await send();
      } catch (problem) {
        if (problem.status !== 401) {
          throw problem;
        }
        leave('session_over');
      }
    });
  openProfile(me, onSend);
  openSessions(sessions, onSend);
  onSend(document.getElementById('sign-out-form'), async () => {
    await api.signOut();
    leave('signed_out');
  });
}

function openProfile(me, onSend) {
  const form = document.getElementById('profile-form');
  let known = me;
  write(form, known.body, FIELDS);
  onSend(form, async () => {
    const mine = changed(form, known.body);
    try {
      if (mine.length) {
        const changes = Object.fromEntries(mine.map((name) => [name, typed(form, name)]));
        known = await api.changeMe(changes, known.etag);
      }
    } catch (problem) {
      if (problem.status === 412) {
        known = await api.me();
        write(form, known.body, FIELDS.filter((name) => !mine.includes(name)));
      }
      throw problem;
    }
    write(form, known.body, FIELDS);
    say('saved');
  });
}

function write(form, user, fields) {
  fill(form.closest('main'), { username: user.username, email: user.email, created: day(user.created_at) });
  for (const name of fields) {
    form.elements[name].value = user[name] ?? '';
  }
}

function changed(form, user) {
  return FIELDS.filter((name) => typed(form, name) !== user[name]);
}

function typed(form, name) {
  return form.elements[name].value.trim() || null;
}

function openSessions({ body, time }, onSend) {
  const list = document.getElementById('sessions');
  const others = document.getElementById('end-others-form');
  const current = body.items.filter((session) => session.current);
  const rest = body.items.filter((session) => !session.current);
  const drop = (items, happened) => {
    items.forEach((item) => item.remove());
    others.hidden = list.children.length <= current.length;
    document.getElementById('sessions-heading').focus();
    say(happened);
  };
  list.replaceChildren(...[...current, ...rest].map((session) => listed(session, time, drop, onSend)));
  others.hidden = !rest.length;
  onSend(others, async () => {
    await api.endOtherSessions();
    drop([...list.children].slice(current.length), 'others_ended');
  });
}

function listed(session, now, drop, onSend) {
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

function device(userAgent) {
  const find = (known) => known.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) {
    return message('device', { browser, system });
  }
  return browser ?? system ?? message('device_unknown');
}
