/**
 * The API, one function a call. Each resolves with an Answer when the status is the one that means success,
 * and rejects with a Problem otherwise, be it the API's own, a broken connection or an answer out of place.
 *
 * @typedef {{body: any, etag: string | null, time: number}} Answer `time` is the server's clock, in ms.
 * @typedef {{pointer: string, code: string, detail?: string}} FieldError
 * @typedef {{id: string, username: string, email: string, display_name: string | null, locale: string | null,
 *   created_at: string}} User
 * @typedef {{id: string, last_seen_at: string, user_agent: string, ip_prefix: string, current: boolean}} Session
 */

const ROOT = '/api/v1/';
const TIMEOUT = 15_000;
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

export const register = (registration, key) =>
  call('POST', 'users', 202, { body: registration, headers: { 'Idempotency-Key': key } });
export const changeAddress = (id, email) => call('PATCH', path`registrations/${id}`, 202, { body: { email } });
export const resend = (id) => call('POST', path`registrations/${id}/resend`, 202);
export const verify = (id, code) => call('POST', path`registrations/${id}/verify`, 201, { body: { code } });

export const signIn = (credentials) => call('POST', 'sessions', 201, { body: credentials });
export const signOut = () => call('DELETE', 'sessions/current', 204);
export const sessions = () => call('GET', 'sessions', 200);
export const endSession = (id) => call('DELETE', path`sessions/${id}`, 204);
export const endOtherSessions = () => call('DELETE', 'sessions', 204);

export const me = () => call('GET', 'users/me', 200);
export const changeMe = (changes, etag) =>
  call('PATCH', 'users/me', 200, { body: changes, headers: { 'If-Match': etag } });

/**
 * @param {string} method
 * @param {string} url below ROOT
 * @param {number} success the status that means success
 * @param {{body?: object, headers?: Record<string, string>}} [request]
 * @returns {Promise<Answer>}
 */
async function call(method, url, success, { body, headers } = {}) {
  const { response, content } = await exchange(ROOT + url, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }), ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status !== success) {
    throw problem(response, content);
  }
  // Deadlines are counted from here, so that a wrong clock on this device does not bend them.
  const time = Date.parse(response.headers.get('Date') ?? '') || Date.now();
  return { body: content, etag: response.headers.get('ETag'), time };
}

async function exchange(url, options) {
  try {
    const response = await fetch(url, options);
    return { response, content: parsed(await response.text()) };
  } catch (error) {
    throw new Problem(error.name === 'TimeoutError' ? 'timeout' : 'offline');
  }
}

function problem(response, content) {
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
