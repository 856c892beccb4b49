/** Where each route leads. What most visits do not need is fetched when it is asked for. */
import { offerLanguages } from './language.js';
import { later } from './later.js';
import { register } from './register.js';
import { start } from './router.js';
import { signedInBefore } from './session.js';
import { signIn } from './sign-in.js';
import { verify } from './verify.js';

const account = (name) => later(() => import('./account.js'), name, 'account');
const openAccount = account('openAccount');

offerLanguages();
start({
  '': (arrival) => (signedInBefore() ? openAccount({ ...arrival, unasked: true }) : register(arrival)),
  register,
  verify,
  'sign-in': signIn,
  account: openAccount,
});
