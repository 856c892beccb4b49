/** What the browser keeps. Storage may be switched off; then a reload starts afresh. */

export function remembered(storage, name) {
  return attempt(() => JSON.parse(globalThis[storage].getItem(name)));
}

export function remember(storage, name, value) {
  attempt(() => globalThis[storage].setItem(name, JSON.stringify(value)));
}

export function forget(storage, name) {
  attempt(() => globalThis[storage].removeItem(name));
}

function attempt(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
