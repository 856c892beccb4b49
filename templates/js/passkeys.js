/** Passkeys: what the browser and the person's device do, in the forms that the API takes and gives. */
import { api } from './api.js';
import { Problem } from './client.js';
import { GIVEN_UP } from './forms.js';

// Passkeys belong to a domain: an address of numbers has none.
const ADDRESS = /^[\d.]+$|^\[/;

const REASONS = { AbortError: GIVEN_UP, InvalidStateError: 'passkey_exists' };

/** Whether passkeys can be made and used here. */
export function passkeysWork() {
  return Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) && !ADDRESS.test(location.hostname);
}

/** Whether the field for the identifier can offer passkeys by itself. */
export async function passkeysCanBeOffered() {
  return passkeysWork() && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.());
}

/** @param {object} options of the API  @returns {Promise<object>} RegistrationResponseJSON */
export async function createPasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await asked(navigator.credentials.create({ publicKey }));
  return credential.toJSON();
}

/**
 * @param {AbortSignal} [signal]  @param {CredentialMediationRequirement} [mediation]
 * @returns {Promise<object>} AuthenticationResponseJSON
 */
export async function usePasskey(signal, mediation) {
  const { body } = await api.passkeyRequestOptions();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(body);
  const credential = await asked(navigator.credentials.get({ publicKey, signal, mediation }));
  return credential.toJSON();
}

async function asked(ceremony) {
  try {
    return await ceremony;
  } catch (error) {
    throw error instanceof DOMException ? new Problem(REASONS[error.name] ?? 'passkey_refused') : error;
  }
}
