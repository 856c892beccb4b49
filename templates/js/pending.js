/**
 * The registration that waits for its code, kept so that a reload stays there.
 *
 * @typedef {{id: string, username?: string, email?: string, resendAt: number, expiresAt?: number}} Pending
 *   times of this device, in ms
 */
import { forget, remember, remembered } from './memory.js';

const PLACE = ['sessionStorage', 'registration'];

/** @type {Pending | null} */
let pending = remembered(...PLACE);

export function pendingRegistration() {
  return pending;
}

/** @param {Pending} registration */
export function keepPending(registration) {
  pending = registration;
  remember(...PLACE, registration);
}

/** @param {Partial<Pending>} known  @param {import('./client.js').Answer} answer to a registration */
export function keepAnswered(known, { body, time }) {
  const { id, resend_after: resendAfter, expires_at: expiresAt, mail } = body.registration;
  const local = (moment) => Date.now() + Date.parse(moment) - time;
  keepPending({
    ...known,
    id,
    resendAt: mail === 'not_sent' ? 0 : local(resendAfter),
    expiresAt: local(expiresAt),
  });
}

export function forgetPending() {
  pending = null;
  forget(...PLACE);
}
