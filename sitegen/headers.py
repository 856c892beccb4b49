"""What the browser is told to refuse. Sent with every file of the site."""

from __future__ import annotations

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # The QR code for an authenticator app comes in an answer of the API; an image runs nothing.
    "img-src": "'self' data:",
    "connect-src": "'self'",
    # Scripts send the forms; without them nothing is sent, least of all a password in an address.
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}

PERMISSIONS_POLICY = {
    "publickey-credentials-get": "(self)",
    "publickey-credentials-create": "(self)",
    "camera": "()",
    "display-capture": "()",
    "geolocation": "()",
    "microphone": "()",
    "payment": "()",
    "usb": "()",
}

SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in CONTENT_SECURITY_POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{k}={v}" for k, v in PERMISSIONS_POLICY.items()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
