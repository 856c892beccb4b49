/** All that is kept about oneself, as a file. */
import { api } from './api.js';
import { onSend } from './session.js';
import { say } from './words.js';

export function openExport() {
  onSend(document.getElementById('export-form'), async () => {
    const { body } = await api.exportMe();
    download(JSON.stringify(body, null, 2), `${location.hostname}-account.json`);
    say('exported');
  });
}

function download(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
