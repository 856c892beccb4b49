// The sign-in form that Auth0 has for one's own page: Lock, shown.
import { Auth0Lock } from 'auth0-lock';

new Auth0Lock('nobody', location.host, { container: 'form' }).show();
