/** Which view is open, and the views on the way to an account. `#verify/<registration>/<code>` comes from a mail. */
import * as account from './account.js';
import * as api from './client.js';
import { copy, duration, fill, onSubmit, say, showProblem } from './view.js';

const main = document.querySelector('main');
const brand = document.body.dataset.brand;

const VIEWS = { register, verify, 'sign-in': signIn, account: showAccount };

/**
 * @typedef {{id: string, username?: string, email?: string, resendAt: number, expiresAt?: number}} Registration
 * @type {Registration | null}
 */
let registration = stored(() => JSON.parse(sessionStorage.getItem('registration')));
let turn = 0;
let countdown = 0;

addEventListener('hashchange', follow);
addEventListener('pageshow', ({ persisted }) => {
  // Out of the browser's memory may come an account that was signed out since.
  if (persisted && document.getElementById('profile-form')) {
    follow();
  }
});
follow();

function follow() {
  const [name, id, code] = location.hash.slice(1).split('/');
  if (name === 'verify' && code) {
    arriveByLink(id, code);
  } else if (Object.hasOwn(VIEWS, name)) {
    VIEWS[name]();
  } else {
    home();
  }
}

/** Goes to a view, and says there what has just happened. */
function go(name, happened) {
  history.pushState(null, '', `#${name}`);
  VIEWS[name](happened);
}

function show(name, happened) {
  turn += 1;
  clearInterval(countdown);
  const arriving = document.title === brand;
  const view = document.getElementById(`${name}-view`);
  document.body.classList.toggle('wide', 'wide' in view.dataset);
  main.replaceChildren(copy(view.id));
  document.title = `${view.dataset.title} – ${brand}`;
  if (!arriving) {
    main.querySelector('h1').focus();
  }
  say(happened);
}

/** An empty view shows that something is on its way; the answer counts only if nobody went elsewhere. */
function wait() {
  turn += 1;
  main.replaceChildren();
  return turn;
}

function home() {
  if (stored(() => localStorage.getItem('signed-in-before'))) {
    showAccount(undefined, () => signIn());
  } else {
    register();
  }
}

function register(happened) {
  show('register', happened);
  const form = main.querySelector('form');
  form.elements.username.value = registration?.username ?? '';
  form.elements.email.value = registration?.email ?? '';
  let attempt = {};
  onSubmit(form, async (values) => {
    const content = JSON.stringify(values);
    if (attempt.content !== content) {
      attempt = { content, key: crypto.randomUUID() };
    }
    try {
      const answer = await api.register(values, attempt.key);
      keep({ username: values.username, email: values.email }, answer);
      go('verify', answer);
    } catch (problem) {
      // Only after a broken connection is the same content the same registration.
      if (problem.status < 500) {
        attempt = {};
      }
      throw problem.code === 'username_taken' && isPending(values.username)
        ? new api.Problem('username_pending')
        : problem;
    }
  });
}

/** A registration holds its username, even from the one who began it. */
function isPending(username) {
  return registration?.username?.toLowerCase() === username.toLowerCase();
}

function arriveByLink(id, code) {
  // Out of the address bar and the history at once. Nothing is spent before the button is pressed.
  history.replaceState(null, '', '#verify');
  if (registration?.id !== id) {
    remember({ id, resendAt: 0 });
  }
  verify(undefined, code);
}

/** @param {api.Answer} [answer] the one that sent a code just now */
function verify(answer, code = '') {
  if (!registration || registration.expiresAt < Date.now()) {
    history.replaceState(null, '', '#register');
    register(registration && 'register_again');
    return;
  }
  show('verify');
  const form = document.getElementById('verify-form');
  form.elements.code.value = code;
  const mailed = registration.email && registration.resendAt && !code;
  fill(main, { email: registration.email, mailed, linked: code });
  onSubmit(form, async (values) => {
    try {
      await api.verify(registration.id, values.code.replace(/\s/g, ''));
    } catch (problem) {
      if (problem.code !== 'username_taken') {
        throw problem;
      }
      go('register');
      showProblem(problem, main.querySelector('form'));
      return;
    }
    forget();
    enter('welcome');
  });
  onSubmit(document.getElementById('resend-form'), resend);
  onSubmit(document.getElementById('address-form'), async ({ email }) => {
    sentTo(email, await api.changeAddress(registration.id, email));
  });
  countDown();
  if (answer) {
    tellUnsent(answer);
  }
}

async function resend() {
  try {
    sentTo(registration.email, await api.resend(registration.id));
  } catch (problem) {
    if (problem.status === 429) {
      registration.resendAt = Date.now() + problem.retryAfter * 1000;
      countDown();
    }
    throw problem;
  }
}

function sentTo(email, answer) {
  keep({ ...registration, email }, answer);
  verify();
  if (!tellUnsent(answer)) {
    say(email ? 'code_sent' : 'code_sent_again', { email });
    document.getElementById('verify-code').focus();
  }
}

function tellUnsent({ body }) {
  const unsent = body.registration.mail === 'not_sent';
  if (unsent) {
    showProblem(new api.Problem('mail_not_sent'));
  }
  return unsent;
}

function countDown() {
  clearInterval(countdown);
  countdown = setInterval(tick, 1000);
  tick();
}

function tick() {
  const seconds = (registration.resendAt - Date.now()) / 1000;
  const form = document.getElementById('resend-form');
  const hint = document.getElementById('resend-wait');
  form.querySelector('button').disabled = seconds > 0;
  hint.hidden = seconds <= 0;
  fill(hint, { wait: duration(seconds) });
  if (seconds <= 0) {
    clearInterval(countdown);
  }
}

function signIn(happened) {
  show('sign-in', happened);
  onSubmit(main.querySelector('form'), async (values) => {
    await api.signIn(values);
    enter();
  });
}

function enter(happened) {
  stored(() => localStorage.setItem('signed-in-before', 'yes'));
  go('account', happened);
}

/**
 * @param {string} [happened]
 * @param {() => void} [unknown] what to do when nobody is signed in
 */
async function showAccount(happened, unknown = () => leave('sign_in_first')) {
  const asked = wait();
  let next;
  try {
    const loaded = await account.load();
    next = () => {
      show('account', happened);
      account.open(loaded, leave);
    };
  } catch (problem) {
    next = problem.status === 401 ? unknown : () => unreached(problem, () => showAccount(happened, unknown));
  }
  if (asked === turn) {
    next();
  }
}

function leave(happened) {
  history.replaceState(null, '', '#sign-in');
  signIn(happened);
}

function unreached(problem, again) {
  show('unreached');
  showProblem(problem);
  onSubmit(main.querySelector('form'), again);
}

/** @param {Partial<Registration>} known  @param {api.Answer} answer */
function keep(known, { body, time }) {
  const { id, resend_after: resendAfter, expires_at: expiresAt, mail } = body.registration;
  const local = (moment) => Date.now() + Date.parse(moment) - time;
  remember({
    ...known,
    id,
    resendAt: mail === 'not_sent' ? 0 : local(resendAfter),
    expiresAt: local(expiresAt),
  });
}

/** @param {Registration} pending */
function remember(pending) {
  registration = pending;
  stored(() => sessionStorage.setItem('registration', JSON.stringify(pending)));
}

function forget() {
  clearInterval(countdown);
  registration = null;
  stored(() => sessionStorage.removeItem('registration'));
}

/** Storage may be switched off; then a reload starts afresh. */
function stored(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
