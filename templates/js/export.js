/** All that is kept about oneself, as a file. */
import { api } from './api.js';
import { onSend } from './session.js';
import { say } from './words.js';

const PAGE = 100;

export function openExport() {
  onSend(document.getElementById('export-form'), async () => {
    const { events_cursor: cursor, ...account } = (await api.exportMe()).body;
    account.events.push(...(await eventsFrom(cursor)));
    download(JSON.stringify(account, null, 2), `${location.hostname}-account.json`);
    say('exported');
  });
}

/** What of a long log did not come with the rest. */
async function eventsFrom(cursor) {
  const found = [];
  for (let next = cursor; next; ) {
    const { items, next_cursor } = (await api.events(next, PAGE)).body;
    found.push(...items);
    next = next_cursor;
  }
  return found;
}

function download(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
