/** Signing in. */
import { api } from './api.js';
import { onSubmit } from './forms.js';
import { show } from './router.js';
import { enter } from './session.js';

export function signIn({ happened } = {}) {
  show('sign-in', happened);
  onSubmit(document.getElementById('sign-in-form'), async (values) => {
    await api.signIn(values);
    enter();
  });
}
