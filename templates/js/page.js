/** Where each route leads. What most visits do not need is fetched when it is asked for. */
import { proveBy } from './api.js';
import { answerChallenge } from './challenge.js';
import { happenedBefore, offerLanguages } from './language.js';
import { fetched, later } from './later.js';
import { register } from './register.js';
import { start } from './router.js';
import { signedInBefore } from './session.js';
import { signIn } from './sign-in.js';
import { verify } from './verify.js';

const account = (name) => later(() => import('./account.js'), name, 'account');
const admin = (name) => later(() => import('./admin.js'), name, 'account', 'admin');
const recovery = (name) => later(() => import('./recovery.js'), name);
const openAccount = account('openAccount');

proveBy(async () => {
  const [{ stepUp }] = await fetched(() => import('./step-up.js'), 'account');
  await stepUp();
});

offerLanguages();
start({
  '': (arrival) => (signedInBefore() ? openAccount({ ...arrival, unasked: true }) : register(arrival)),
  register,
  verify,
  'sign-in': signIn,
  challenge: answerChallenge,
  forgot: recovery('forgot'),
  reset: recovery('reset'),
  undo: recovery('undo'),
  account: openAccount,
  security: account('openSecurity'),
  activity: account('openActivity'),
  delete: account('openDeletion'),
  admin: admin('openAdmin'),
  user: admin('openUser'),
  events: admin('openEvents'),
}, { happened: happenedBefore() });
