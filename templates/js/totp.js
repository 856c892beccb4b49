/** The authenticator app, and the recovery codes that stand in for it. */
import { api } from './api.js';
import { confirmed } from './dialog.js';
import { turnTo } from './router.js';
import { onSend } from './session.js';
import { fill, say } from './words.js';

/** @param {import('./client.js').User} me */
export function openTotp(me) {
  const [totp, codes] = ['totp', 'recovery_code'].map((factor) => me.second_factors.includes(factor));
  const main = document.querySelector('main');
  fill(main, { totp, no_totp: !totp, totp_pending: false, recovery_codes: codes, no_recovery_codes: !codes });
  onSend(document.getElementById('totp-begin-form'), async () => {
    const { body } = await api.beginTotp();
    document.getElementById('totp-qr').src = `data:image/svg+xml,${encodeURIComponent(body.qr)}`;
    document.getElementById('totp-secret').append(body.secret.replace(/.{4}(?=.)/g, '$& '));
    fill(document.getElementById('totp'), { no_totp: false, totp_pending: true });
    document.getElementById('totp-heading').focus();
  });
  onSend(document.getElementById('totp-confirm-form'), async ({ code }) => {
    await api.confirmTotp(code.replace(/\s/g, ''));
    turnTo('security', { happened: 'totp_added' });
  });
  onSend(document.getElementById('totp-remove-form'), async () => {
    if (await confirmed('remove_totp')) {
      await api.removeTotp();
      turnTo('security', { happened: 'totp_removed' });
    }
  });
  openCodes(codes);
}

function openCodes(known) {
  let replacing = known;
  let made = [];
  onSend(document.getElementById('codes-form'), async () => {
    if (replacing && !(await confirmed('replace_codes'))) {
      return;
    }
    made = (await api.makeRecoveryCodes()).body.codes;
    replacing = true;
    fill(document.getElementById('recovery-codes'), { recovery_codes: true, no_recovery_codes: false });
    document.getElementById('code-list').replaceChildren(...made.map(line));
    document.getElementById('codes').hidden = false;
    document.getElementById('recovery-codes-heading').focus();
    say('codes_made');
  });
  onSend(document.getElementById('codes-copy-form'), async () => {
    await navigator.clipboard.writeText(made.join('\n'));
    say('codes_copied');
  });
  onSend(document.getElementById('codes-print-form'), async () => print());
}

function line(code) {
  const item = document.createElement('li');
  item.append(code);
  return item;
}
