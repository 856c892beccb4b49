/** Another address: a code goes there, and until it is entered the old one stays. */
import { api } from './api.js';
import { Problem } from './client.js';
import { forget, remember, remembered } from './memory.js';
import { turnTo } from './router.js';
import { onSend } from './session.js';
import { fill, say } from './words.js';

// So that a reload stays at the code.
const BEGUN = ['sessionStorage', 'email-change'];

export function openEmail() {
  const begin = document.getElementById('email-form');
  const prove = document.getElementById('email-code-form');
  const askForCode = (email) => {
    begin.hidden = Boolean(email);
    prove.hidden = !email;
    fill(prove, { new_email: email });
  };
  const begun = remembered(...BEGUN);
  askForCode(begun?.until > Date.now() ? begun.email : '');
  onSend(begin, async ({ email }) => {
    const { body, time } = await api.changeEmail(email);
    if (body.email_change.mail === 'not_sent') {
      throw new Problem('address_code_unsent');
    }
    remember(...BEGUN, { email, until: Date.now() + Date.parse(body.email_change.expires_at) - time });
    askForCode(email);
    say('address_code_sent', { email });
    prove.elements.code.focus();
  });
  onSend(prove, async ({ code }) => {
    await api.verifyEmail(code.replace(/\s/g, ''));
    forget(...BEGUN);
    turnTo('account', { happened: 'address_changed' });
  });
  document.getElementById('email-again').addEventListener('click', () => {
    forget(...BEGUN);
    askForCode('');
    begin.elements.email.focus();
  });
}
