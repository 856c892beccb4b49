/** Events as sentences, page by page. */
import { device } from './devices.js';
import { onSend } from './session.js';
import { copy, fill, message, moment } from './words.js';

/** @typedef {import('./client.js').Event} Event  @typedef {import('./client.js').Answer<any>} Answer */

/** One's own. @param {Answer} first  @param {(cursor: string) => Promise<Answer>} fetchMore */
export function openOwnEvents(first, fetchMore) {
  listEvents('event-item', first, fetchMore, (item, { actor }) => {
    fill(item, { admin: actor === 'admin', operator: actor === 'operator' });
  });
}

/** Those of all accounts, or of one, as an administrator sees them. */
export function openEventLog(first, fetchMore) {
  listEvents('admin-event-item', first, fetchMore, (item, { actor, subject }) => {
    const operator = actor === 'operator';
    fill(item, { subject, actor, by_operator: operator, by_other: !operator && actor !== subject });
    item.querySelector('[data-link="user"]').href = `#user/${subject}`;
    item.querySelector('[data-link="actor"]').href = `#user/${actor}`;
  });
}

/** Fills a list page by page, as long as there are more; the focus goes to the first that was added. */
export function listPages(first, fetchMore, listed, list) {
  const form = document.getElementById('more-form');
  let cursor;
  const append = ({ body }) => {
    const items = body.items.map((item) => listed(item));
    list.append(...items);
    cursor = body.next_cursor;
    form.hidden = !cursor;
    return items;
  };
  append(first);
  onSend(form, async () => {
    const [next] = append(await fetchMore(cursor));
    if (next) {
      next.tabIndex = -1;
      next.focus();
    }
  });
}

function listEvents(template, first, fetchMore, finish) {
  const listed = (event) => {
    const item = copy(template).firstElementChild;
    const what = message(event.action) ?? message('event');
    fill(item, { what, when: moment(event.at), where: whereabouts(event) });
    finish(item, event);
    return item;
  };
  listPages(first, fetchMore, listed, document.getElementById('event-list'));
}

function whereabouts({ ip_prefix: place, user_agent: agent }) {
  if (!place) {
    return null;
  }
  const words = document.createDocumentFragment();
  words.append(device(agent), ` · ${place.replace('/32', '')}`);
  return words;
}
