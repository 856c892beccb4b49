/** What is known of the person, and how they change it. */
import { api } from './api.js';
import { speak } from './language.js';
import { onSend } from './session.js';
import { day, fill, languageName, say } from './words.js';

const FIELDS = ['display_name', 'username', 'locale'];

/** @param {import('./client.js').Answer<import('./client.js').User>} me */
export function openProfile(me) {
  const form = document.getElementById('profile-form');
  let known = me;
  write(form, known.body, FIELDS);
  onSend(form, async () => {
    const mine = changed(form, known.body);
    if (!mine.length) {
      say('nothing_to_save');
      return;
    }
    try {
      const changes = Object.fromEntries(mine.map((name) => [name, typed(form, name)]));
      known = await api.changeMe(changes, known.etag);
    } catch (problem) {
      if (problem.status === 412) {
        known = await api.me();
        write(form, known.body, FIELDS.filter((name) => !mine.includes(name)));
      }
      throw problem;
    }
    write(form, known.body, FIELDS);
    if (!mine.includes('locale') || !speak(known.body.locale, { happened: 'saved' })) {
      say('saved');
    }
  });
}

function write(form, user, fields) {
  offer(form.elements.locale, user.locale);
  fill(form.closest('main'), { username: user.username, email: user.email, created: day(user.created_at) });
  for (const name of fields) {
    form.elements[name].value = user[name] ?? '';
  }
}

/** Offers a language that the account has though the page does not, such as `pt-BR`. */
function offer(choice, tag) {
  if (tag && ![...choice.options].some(({ value }) => value === tag)) {
    choice.append(new Option(languageName(tag), tag));
  }
}

function changed(form, user) {
  return FIELDS.filter((name) => typed(form, name) !== user[name]);
}

function typed(form, name) {
  return form.elements[name].value.trim() || null;
}
