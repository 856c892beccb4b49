/**
 * The API, one function a call; needs nothing but `fetch`, so that any page of the same site can import it.
 *
 *     const api = createClient();
 *     const { body } = await api.me();
 *
 * Each call resolves with an Answer when the status is one that means success, and rejects with a Problem
 * otherwise, be it the API's own, a broken connection or an answer out of place.
 *
 * @template T
 * @typedef {{status: number, body: T, etag: string | null, time: number}} Answer `time` is the server's clock, in ms.
 */
/**
 * @template T
 * @typedef {{items: T[], next_cursor: string | null}} Page
 */
/**
 * @typedef {{pointer: string, code: string, detail?: string}} FieldError
 * @typedef {{id: string, expires_at: string, resend_after: string, mail?: 'not_sent'}} Registration
 * @typedef {{id: string, username: string, email: string, display_name: string | null, locale: string | null,
 *   roles: string[], created_at: string, updated_at: string, email_verified_at: string, has_password: boolean,
 *   second_factors: string[]}} User
 * @typedef {{id: string, created_at: string, last_seen_at: string, expires_at: string, user_agent: string,
 *   ip_prefix: string, current: boolean}} Session
 * @typedef {{id: string, methods: ('totp' | 'recovery_code')[], expires_at: string}} Challenge
 * @typedef {{id: string, at: string, action: string, actor: string, ip_prefix: string | null,
 *   user_agent: string | null, details: Record<string, string>}} Event
 * @typedef {{id: string, name: string | null, created_at: string, last_used_at: string | null, backed_up: boolean}} Passkey
 * @typedef {{user: User, session: Session}} SignedIn
 * @typedef {{id: string, username: string, email: string, roles: string[], disabled: boolean, created_at: string}}
 *   ListedUser its address is masked
 * @typedef {User & {disabled: boolean, passkeys: number, sessions: number}} Account as an admin sees it
 */

const TIMEOUT = 15_000; // ms
const NO_RETRY_AFTER = 5; // seconds

export class Problem extends Error {
  /**
   * @param {string} code the API's, or `offline`, `timeout`, `unavailable` or `unexpected`
   * @param {{status?: number, body?: Record<string, any>, retryAfter?: number}} [answer] none when none came
   */
  constructor(code, { status, body = {}, retryAfter = NO_RETRY_AFTER } = {}) {
    super(body.detail ?? code);
    this.code = code;
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
    /** @type {FieldError[]} */
    this.errors = body.errors ?? [];
  }
}

/**
 * @param {object} [options]
 * @param {string} [options.base] where the API is, with a slash at its end
 * @param {RequestCredentials} [options.credentials] `include` for a page of another, allowed origin
 * @param {string} [options.language] of the problems' texts, unless the account has its own; else the browser's
 * @param {() => Promise<void>} [options.stepUp] asked for where a call needs a recent proof; when it resolves,
 *   the call is made again, and when it rejects, so does the call
 */
export function createClient({ base = '/api/v1/', credentials = 'same-origin', language, stepUp } = {}) {
  /**
   * @param {string} method
   * @param {string} url below the base
   * @param {number[]} successes the statuses that mean success
   * @param {{body?: object, headers?: Record<string, string>}} [request]
   */
  async function call(method, url, successes, { body, headers } = {}) {
    const send = () =>
      exchange(base + url, successes, {
        method,
        credentials,
        cache: 'no-store',
        headers: {
          Accept: 'application/json',
          ...(language && { 'Accept-Language': language }),
          ...(body && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
      });
    try {
      return await send();
    } catch (problem) {
      if (problem.code !== 'step_up_required' || !stepUp) {
        throw problem;
      }
      await stepUp();
      return send();
    }
  }

  const get = (url) => call('GET', url, [200]);
  const post = (url, success, body, headers) => call('POST', url, [success].flat(), { body, headers });
  const patch = (url, success, body, headers) => call('PATCH', url, [success], { body, headers });
  const remove = (url) => call('DELETE', url, [204]);

  return {
    /**
     * @param {{username: string, email: string, password?: string, passkey?: object}} registration
     * @param {string} key for the same registration the same, so that it is made once
     * @returns {Promise<Answer<{registration: Registration}>>}
     */
    register: (registration, key) => post('users', 202, registration, { 'Idempotency-Key': key }),
    /** What to make the passkey of a registration with.  @returns {Promise<Answer<object>>} */
    signUpOptions: (registration) => post('registrations/passkey-options', 200, registration),
    /** @returns {Promise<Answer<{registration: Registration}>>} */
    changeAddress: (id, email) => patch(path`registrations/${id}`, 202, { email }),
    /** @returns {Promise<Answer<{registration: Registration}>>} */
    resend: (id) => post(path`registrations/${id}/resend`, 202),
    /** @returns {Promise<Answer<{user: User}>>} */
    verify: (id, code) => post(path`registrations/${id}/verify`, 201, { code }),

    /** @returns {Promise<Answer<SignedIn | {challenge: Challenge}>>} */
    signIn: (credentials) => post('sessions', [201, 202], credentials),
    /** @returns {Promise<Answer<SignedIn>>} */
    answerChallenge: (id, method, code) => post(path`sessions/challenges/${id}`, 201, { method, code }),
    /** @returns {Promise<Answer<SignedIn>>} */
    signInWithPasskey: (credential) => post('sessions/passkey', 201, { credential }),
    /** @returns {Promise<Answer<null>>} */
    signOut: () => remove('sessions/current'),
    /** @returns {Promise<Answer<{items: Session[]}>>} */
    sessions: () => get('sessions'),
    /** @returns {Promise<Answer<null>>} */
    endSession: (id) => remove(path`sessions/${id}`),
    /** @returns {Promise<Answer<null>>} */
    endOtherSessions: () => remove('sessions'),
    /** @param {{password: string} | {totp: string} | {passkey: object}} proof  @returns {Promise<Answer<null>>} */
    stepUp: (proof) => post('sessions/current/step-up', 204, proof),
    /** @param {string} [audience]  @returns {Promise<Answer<{token: string, expires_at: string}>>} */
    token: (audience) => post('tokens', 201, { audience }),

    /** @returns {Promise<Answer<User>>} */
    me: () => get('users/me'),
    /** @returns {Promise<Answer<User>>} */
    changeMe: (changes, etag) => patch('users/me', 200, changes, { 'If-Match': etag }),
    /** @returns {Promise<Answer<null>>} */
    deleteMe: () => remove('users/me'),
    /** @returns {Promise<Answer<object>>} */
    exportMe: () => get('users/me/export'),
    /** @param {string} [cursor]  @param {number} [limit]  @returns {Promise<Answer<Page<Event>>>} */
    events: (cursor, limit) => get(`users/me/events${query({ cursor, limit })}`),

    /** @returns {Promise<Answer<{}>>} */
    resetPassword: (email) => post('password-resets', 202, { email }),
    /** @returns {Promise<Answer<null>>} */
    completeReset: (token, password) => post('password-resets/complete', 204, { token, password }),
    /** @param {{current_password?: string, password: string}} passwords  @returns {Promise<Answer<null>>} */
    changePassword: (passwords) => call('PUT', 'users/me/password', [204], { body: passwords }),
    /** @returns {Promise<Answer<{email_change: {expires_at: string, mail?: 'not_sent'}}>>} */
    changeEmail: (email) => post('users/me/email-changes', 202, { email }),
    /** @returns {Promise<Answer<User>>} */
    verifyEmail: (code) => post('users/me/email-changes/verify', 200, { code }),
    /** @returns {Promise<Answer<null>>} */
    undoEmailChange: (token) => post('email-changes/undo', 204, { token }),

    /** @returns {Promise<Answer<{items: Passkey[]}>>} */
    passkeys: () => get('passkeys'),
    /** Options and credentials have the JSON forms of WebAuthn.  @returns {Promise<Answer<object>>} */
    passkeyCreationOptions: () => post('passkeys/registration-options', 200, {}),
    /** @returns {Promise<Answer<object>>} */
    passkeyRequestOptions: () => post('passkeys/authentication-options', 200, {}),
    /** @returns {Promise<Answer<Passkey>>} */
    addPasskey: (credential, name) => post('passkeys', 201, { credential, name }),
    /** @returns {Promise<Answer<Passkey>>} */
    renamePasskey: (id, name) => patch(path`passkeys/${id}`, 200, { name }),
    /** @returns {Promise<Answer<null>>} */
    removePasskey: (id) => remove(path`passkeys/${id}`),
    /** @returns {Promise<Answer<{secret: string, uri: string, qr: string}>>} `qr` is an SVG */
    beginTotp: () => post('users/me/totp', 201, {}),
    /** @returns {Promise<Answer<null>>} */
    confirmTotp: (code) => post('users/me/totp/confirm', 204, { code }),
    /** @returns {Promise<Answer<null>>} */
    removeTotp: () => remove('users/me/totp'),
    /** @returns {Promise<Answer<{codes: string[]}>>} */
    makeRecoveryCodes: () => post('users/me/recovery-codes', 201, {}),

    /** @returns {Promise<Answer<Page<ListedUser>>>} */
    listUsers: (prefix, cursor) => get(`admin/users${query({ prefix, cursor })}`),
    /** @returns {Promise<Answer<Account>>} */
    findUser: (email) => post('admin/users/find', 200, { email }),
    /** @returns {Promise<Answer<Account>>} */
    readUser: (id) => get(path`admin/users/${id}`),
    /** @param {'disable' | 'enable' | 'end-sessions' | 'reset-second-factors'} deed  @returns {Promise<Answer<Account>>} */
    administer: (id, deed) => post(path`admin/users/${id}/` + deed, 200, {}),
    /** @param {string[]} roles  @returns {Promise<Answer<Account>>} */
    setRoles: (id, roles) => call('PUT', path`admin/users/${id}/roles`, [200], { body: { roles } }),
    /** @returns {Promise<Answer<null>>} */
    deleteUser: (id) => remove(path`admin/users/${id}`),
    /** @returns {Promise<Answer<Page<Event & {subject: string, request_id: string}>>>} */
    allEvents: (user, cursor) => get(`admin/events${query({ user, cursor })}`),
  };
}

/** @returns {Promise<Answer<any>>} */
async function exchange(url, successes, options) {
  const { response, content } = await fetched(url, options);
  if (!successes.includes(response.status)) {
    throw refusal(response, content);
  }
  // Deadlines are counted from here, so that a wrong clock on this device does not bend them.
  const time = Date.parse(response.headers.get('Date') ?? '') || Date.now();
  return { status: response.status, body: content, etag: response.headers.get('ETag'), time };
}

async function fetched(url, options) {
  try {
    const response = await fetch(url, options);
    return { response, content: parsed(await response.text()) };
  } catch (error) {
    throw new Problem(error.name === 'TimeoutError' ? 'timeout' : 'offline');
  }
}

function refusal(response, content) {
  // What stands before the API may answer in its place, with a page and no code.
  const code = content?.code ?? (response.status >= 500 ? 'unavailable' : 'unexpected');
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  return new Problem(code, { status: response.status, body: content ?? {}, retryAfter });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Ids come out of links too, so they never become anything but one segment of the path. */
function path(strings, id) {
  return strings[0] + encodeURIComponent(id) + strings[1];
}

/** @param {Record<string, string | number | null | undefined>} members those that are empty are left out */
function query(members) {
  const given = Object.entries(members).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : '';
}
