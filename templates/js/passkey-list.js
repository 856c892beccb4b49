/** One's passkeys: add, rename, remove. */
import { api } from './api.js';
import { device } from './devices.js';
import { confirmed } from './dialog.js';
import { createPasskey, passkeysWork } from './passkeys.js';
import { onSend } from './session.js';
import { ago, copy, day, fill, message, say } from './words.js';

/** @param {import('./client.js').Answer<{items: import('./client.js').Passkey[]}>} passkeys */
export function openPasskeys(passkeys) {
  fill(document.getElementById('passkeys'), { passkeys: passkeysWork(), passkeys_unavailable: !passkeysWork() });
  list(passkeys);
  const form = document.getElementById('passkey-add-form');
  onSend(form, async ({ name }) => {
    const options = await api.passkeyCreationOptions();
    const credential = await createPasskey(options.body);
    await api.addPasskey(credential, name.trim() || device(navigator.userAgent).textContent);
    form.reset();
    await renew('passkey_added');
  });
}

async function renew(happened) {
  list(await api.passkeys());
  document.getElementById('passkeys-heading').focus();
  say(happened);
}

function list({ body, time }) {
  const items = document.getElementById('passkey-list');
  items.replaceChildren(...body.items.map((passkey) => passkeyItem(passkey, time)));
  items.hidden = !body.items.length;
  fill(document.getElementById('passkeys'), { no_passkeys: !body.items.length });
}

function passkeyItem(passkey, now) {
  const item = copy('passkey-item').firstElementChild;
  const name = passkey.name ?? message('passkey_name').textContent;
  fill(item, {
    name,
    spoken_name: name,
    backed_up: passkey.backed_up,
    created: day(passkey.created_at),
    used: passkey.last_used_at && ago(passkey.last_used_at, now),
    unused: !passkey.last_used_at,
  });
  const input = item.querySelector('input');
  const [label, error] = [item.querySelector('label'), item.querySelector('.error')];
  input.id = label.htmlFor = `passkey-${passkey.id}`;
  error.id = `${input.id}-error`;
  input.value = name;
  onSend(item.querySelector('.rename'), async (values) => {
    await api.renamePasskey(passkey.id, values.name.trim());
    await renew('passkey_renamed');
  });
  onSend(item.querySelector('.remove'), async () => {
    if (await confirmed('remove_passkey', { name })) {
      await api.removePasskey(passkey.id);
      await renew('passkey_removed');
    }
  });
  return item;
}
